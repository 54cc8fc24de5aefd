"""Tangents for meshes whose surface has a normal map but that carry none."""

from __future__ import annotations

from vrgen.core.mesh import Mesh
from vrgen.core.tangents import tangent_mesh


def with_tangents(mesh: Mesh) -> Mesh:
    """The mesh with normals and MikkTSpace tangents, where its surface has a normal map and it has the UVs.

    Vertices whose triangles want two tangents are split; without normals the mesh is flat: its triangles get
    vertices of their own. Tangents that a mesh brings are kept: it may have been baked for them.
    """
    texture = mesh.surface.normal
    if texture is None or (mesh.tangents is not None and mesh.normals is not None):
        return mesh
    if texture.uv_set > 1 or (mesh.uv1 if texture.uv_set else mesh.uv0) is None:
        return mesh
    return tangent_mesh(mesh, texture)
