"""Values: what flows between the rooms. numpy only."""

from vrgen.core.further import Further
from vrgen.core.image import ColourSpace, Image, to_bytes
from vrgen.core.material import Material
from vrgen.core.mesh import Mesh
from vrgen.core.motion import Animation, Channel, NodeName, Skin
from vrgen.core.node import Camera, Light, Node
from vrgen.core.record import Record
from vrgen.core.scene import Scene
from vrgen.core.sky import Sky, Sun
from vrgen.core.surface import Surface, Texture

__all__ = [
    "Animation",
    "Camera",
    "Channel",
    "ColourSpace",
    "Further",
    "Image",
    "Light",
    "Material",
    "Mesh",
    "Node",
    "NodeName",
    "Record",
    "Scene",
    "Skin",
    "Sky",
    "Sun",
    "Surface",
    "Texture",
    "to_bytes",
]
