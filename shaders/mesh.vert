#version 330 core
#include "blocks.glsl"
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec4 tangent;
layout(location = 3) in vec2 uv0;
layout(location = 4) in vec2 uv1;
layout(location = 5) in vec4 colour;

#ifdef UNLIT
// Unlit needs one texture at most: its transform is done here, once a vertex.
out vec2 base_uv;
#ifdef COLOURED
out vec4 tint;
#endif
#endif
#ifdef LIT
out vec3 world_position;
out vec3 world_normal;
out vec4 world_tangent;
out vec4 uv_sets;
#ifdef COLOURED
out vec4 tint;
#endif
#endif

void main() {
    vec4 world = model * vec4(position, 1.0);
    gl_Position = view_projection * world;
#ifdef UNLIT
    vec3 source = vec3(uv[0].w > 0.5 ? uv1 : uv0, 1.0);
    base_uv = vec2(dot(uv[0].xyz, source), dot(uv[1].xyz, source));
#ifdef COLOURED
    tint = colour;
#endif
#endif
#ifdef LIT
    world_position = world.xyz;
    world_normal = mat3(normal_matrix) * normal;
    world_tangent = vec4(mat3(model) * tangent.xyz, tangent.w);
    uv_sets = vec4(uv0, uv1);
#ifdef COLOURED
    tint = colour;
#endif
#endif
}
