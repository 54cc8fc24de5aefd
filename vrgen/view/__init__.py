"""view: Scene -> eyes. Importing it loads no OpenGL; the first picture or window does."""

from vrgen.view.options import ViewOptions
from vrgen.view.sheet import contact_sheet
from vrgen.view.shot import ShotOptions, shot, shots, write_picture
from vrgen.view.window import view

__all__ = ["ShotOptions", "ViewOptions", "contact_sheet", "shot", "shots", "view", "write_picture"]
