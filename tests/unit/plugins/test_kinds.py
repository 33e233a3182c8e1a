"""Every row of the table of kinds has its hook, its protocol and its checks."""

from __future__ import annotations

import dedupe
from dedupe import engines, hookspecs, testing
from dedupe.plugins.kinds import KINDS
from dedupe.testing.running import KIT


def test_every_kind_has_a_hook_a_public_protocol_and_checks() -> None:
    for kind in KINDS.values():
        assert getattr(hookspecs, kind.hook).__doc__
        protocol = kind.word.title()
        assert {protocol, f"Picture{protocol}"} & {*dedupe.__all__, *engines.__all__}
        assert f"{kind.word}_checks" in testing.__all__
    assert KIT.keys() == KINDS.keys()


def test_every_hook_is_of_a_kind() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("dedupe_")}
    assert hooks == {kind.hook for kind in KINDS.values()}
