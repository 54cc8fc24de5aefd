"""The whole idea in ten lines: a wall and a sky are generated, pictures are hung, light is baked.

python pipelines/00_hello.py [FOLDER_WITH_PICTURES]
"""

# ci: run
# makes: .glb .png
import sys

import vrgen

pictures = sys.argv[1] if len(sys.argv) > 1 else "assets/samples"

wall = vrgen.texture(kind="plaster", seed=7, size=1024)
sky = vrgen.sky(seed=3, sun_elevation=20)
show = vrgen.gallery(pictures, style="loft", wall=wall, sky=sky)
show = vrgen.bake(show, light="vertex")
vrgen.write(show, "show.glb")
vrgen.shot(show, "preview.png", camera="camera_overview")
print("show.glb and preview.png are here; walk through it with: vrgen view show.glb")
