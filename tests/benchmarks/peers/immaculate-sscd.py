"""immaculate's command on a folder, by the network distilled from SSCD (extra [sscd]); it needs Python 3.12 or newer."""

import json
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    command = [str(Path(sys.executable).parent / "immaculate"), sys.argv[1], "--json", "--method", "sscd_distilled"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(len(found["near"]), len(found["exact"]))
