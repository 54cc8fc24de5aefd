"""Five hundred bricks overnight: a recipe, every core, and a contact sheet in the morning.

python pipelines/02_bricks.py [HOW_MANY [SIZE]]

Stop it whenever you like and start it again: what is made stays made. The same from the command line:
vrgen batch bricks.toml -o bricks/
"""

# ci: run 2 128
# makes: .png .jsonl .html
import sys
from pathlib import Path

import vrgen.batch

count, size = (int(word) for word in (sys.argv[1:] + ["500", "1024"][len(sys.argv[1:]) :])[:2])

Path("bricks.toml").write_text(
    f"""
[[product]]
name = "wall"
make = "texture"
kind = ["bricks", "white_bricks", "old_bricks"]
seed = "0..{count - 1}"
size = {size}
"""
)

if __name__ == "__main__":  # workers import this file, and must not run it
    run = vrgen.batch.run("bricks.toml", "bricks", keep_going=True)
    for number, item in enumerate(run, 1):
        print(f"{number} of {len(run)}: {item.name} {item.state} {item.reason}".rstrip())
    print("open bricks/index.html")
