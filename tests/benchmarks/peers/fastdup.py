"""fastdup 2.54: its own features, pairs of a cosine of 0.96 and more, on two threads as its authors advise for two cores."""

import os
import sys
import tempfile

os.environ["SENTRY_OPT_OUT"] = "1"
import fastdup

with tempfile.TemporaryDirectory() as work:
    fastdup.create(work_dir=work, input_dir=sys.argv[1]).run(num_threads=os.cpu_count(), ccthreshold=0.96)
