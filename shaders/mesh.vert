#version 330 core
// Vertices come in world space, those of repeated meshes (INSTANCED) in their own with a transform an instance.
#include "blocks.glsl"
layout(location = 0) in vec3 position;
#ifdef UNLIT
layout(location = 3) in vec3 base_place;     // texture transform applied; z the layer
out vec3 base_uv;
#endif
#ifdef LIT
layout(location = 1) in vec3 normal;
layout(location = 2) in vec4 tangent;
layout(location = 3) in vec2 uv0;
layout(location = 4) in vec2 uv1;
out vec3 world_position;
out vec3 world_normal;
out vec4 world_tangent;
out vec4 uv_sets;
#endif
#ifdef COLOURED
layout(location = 5) in vec4 colour;
out vec4 tint;
#endif
#ifdef INSTANCED
layout(location = 6) in mat4 model;          // 6 to 9
#else
const mat4 model = mat4(1.0);
#endif

void main() {
    vec4 world = model * vec4(position, 1.0);
    gl_Position = view_projection * world;
#ifdef UNLIT
    base_uv = base_place;
#endif
#ifdef LIT
    world_position = world.xyz;
#ifdef INSTANCED
    // Cofactors turn normals as the inverse transpose does, for any transform.
    mat3 m = mat3(model);
    mat3 turn = mat3(cross(m[1], m[2]), cross(m[2], m[0]), cross(m[0], m[1]));
#else
    mat3 turn = mat3(1.0);
#endif
    world_normal = turn * normal;
    world_tangent = vec4(mat3(model) * tangent.xyz, tangent.w);
    uv_sets = vec4(uv0, uv1);
#endif
#ifdef COLOURED
    tint = colour;
#endif
}
