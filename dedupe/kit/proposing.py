"""The options that say what proposes pairs where no descriptor is named."""

from __future__ import annotations

from typing import Annotated

from dedupe.kit import options as o

UsualDescriptors = Annotated[
    list[str] | None,
    o.described_by(
        f"{o.NAMED}; repeat to find what any of them finds.  [default: pdq, and copy256 up to 5,000 pictures]"
    ),
]
Fast = Annotated[bool, o.compared("--fast", help="Propose pairs by hashes alone.")]
Thorough = Annotated[
    bool,
    o.compared(
        "--thorough",
        help="Find all that can be found: by the neural network, too, however many pictures, with --turns=all and --regions.",
    ),
]
Regions = Annotated[
    bool,
    o.compared(
        "--regions",
        help="Also look for pictures that are parts of others: pasted, in collages, small crops. Takes ten times as long.",
    ),
]
