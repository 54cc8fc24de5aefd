"""Photos become paintings and, from the paintings, tiling wall coverings.

python pipelines/03_restyle_folder.py ["PHOTOS/*.jpg" [SIZE]]
"""

# ci: run assets/samples/elsewhere.jpg 128
# makes: .png .jsonl .html
import sys
from pathlib import Path

import vrgen

photos = Path(sys.argv[1] if len(sys.argv) > 1 else "photos/*.jpg").absolute()
size = int(sys.argv[2]) if len(sys.argv) > 2 else 1024

Path("painted.toml").write_text(
    f"""
[[product]]
name = "painting"
make = "restyle"
source = "{photos.as_posix()}"
model = "cyclegan_painting"

[[product]]
name = "covering"
make = "maps"
photo = "@painting"
size = {size}
metres = 2.0
"""
)

if __name__ == "__main__":
    report = vrgen.batch(recipe="painted.toml", out="painted", keep_going=True)
    print(f"{report.made} made, {report.kept} kept, {report.failed} failed; open painted/index.html")
