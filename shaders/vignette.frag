#version 330 core
// Darkens the edge of one eye's view while one glides, and all of it while one is carried elsewhere.
uniform vec4 tangents;       // left, right, down, up edge of the view
uniform vec2 darkness;       // vignette 0..1, fade 0..1
in vec2 screen_uv;
out vec4 pixel;

void main() {
    // Around where the eye looks, not around the middle of its picture: views are lopsided.
    vec2 way = vec2(mix(tangents.x, tangents.y, screen_uv.x), mix(tangents.z, tangents.w, screen_uv.y));
    float edge = smoothstep(0.32, 0.75, length(way)) * darkness.x;
    pixel = vec4(0.0, 0.0, 0.0, max(edge, darkness.y));
}
