"""One folder, every style: each as a lit GLB, with a picture and a contact sheet of its camera stops.

python pipelines/01_gallery.py [FOLDER_WITH_PICTURES [STYLE ...]]
"""

# ci: run assets/samples white-cube
# makes: .glb .png
import sys
from pathlib import Path

import vrgen
from vrgen.registry import styles

pictures = sys.argv[1] if len(sys.argv) > 1 else "assets/samples"

for style in sys.argv[2:] or styles.names():
    scene = vrgen.bake(vrgen.gallery(pictures, style=style, seed=5))
    out = Path(style)
    report = vrgen.write(scene, out / "gallery.glb")
    vrgen.shot(scene, out / "preview.png", size=(1600, 900))
    vrgen.shot(scene, out / "stops.png", all=True, size=(960, 600))
    print(
        f"{out}: {report.draw_calls} draw calls, {report.triangles:,} triangles, {report.bytes / 1e6:.1f} MB"
    )
