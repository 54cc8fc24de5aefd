#version 330 core
// Signs in the room: rays, rings, cards. Vertices in world space.
#include "blocks.glsl"
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 colour;         // linear, straight alpha
layout(location = 2) in vec4 shape;          // u, v, kind, share
out vec4 tint;
out vec4 form;

void main() {
    gl_Position = view_projection * vec4(position, 1.0);
    tint = colour;
    form = shape;
}
