from dedupe_colour_moments import ColourMoments

from dedupe.testing import descriptor_checks

test_descriptor = descriptor_checks(ColourMoments)
