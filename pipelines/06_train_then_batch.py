"""Train on your own surfaces, then make hundreds like each of your photos with what was learned.

python pipelines/06_train_then_batch.py FOLDER_OF_PBR_SETS [STEPS [SIZE ["PHOTOS*.jpg"]]]

Training goes on where it was when it is started again, and the batch makes again only what the new weights
change: their digest is part of every key.
"""

# ci: run assets/samples 2 128 elsewhere.jpg
# makes: .safetensors .png .jsonl
import sys
from pathlib import Path

import vrgen

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "surfaces").resolve()
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 400
size = int(sys.argv[3]) if len(sys.argv) > 3 else 1024
photos = folder / (sys.argv[4] if len(sys.argv) > 4 else "*.jpg")

Path("mine.toml").write_text(
    f"""
[[product]]
name = "mine"
make = "texture"
like = "{photos.as_posix()}"
weights = "run"
seed = "0..{0 if steps < 10 else 99}"
size = {size}
"""
)

if __name__ == "__main__":
    started = Path("run").exists()
    vrgen.train("gan", data=folder, out=Path("run"), from_="material_gan", steps=steps, resume=started)
    report = vrgen.batch(recipe="mine.toml", out="mine", keep_going=True)
    print(f"{report.made} made, {report.kept} kept, {report.failed} failed; open mine/index.html")
