#version 330 core
// Keeps the pixels on edges of shapes, for fxaa.frag. Over a plane the depth buffer is linear in x and y: where
// its second difference vanishes no edge runs, and what is painted there (a picture, words) must stay as it is.
uniform sampler2D depth_map;

const float FLAT = 1.0e-6;           // a few roundings of a depth near 1

float depth(ivec2 p) {
    return texelFetch(depth_map, p, 0).r;
}

void main() {
    // On the border the pixel beside it answers: it has neighbours on both sides.
    ivec2 here = clamp(ivec2(gl_FragCoord.xy), ivec2(1), max(textureSize(depth_map, 0) - 2, ivec2(1)));
    const ivec2 X = ivec2(1, 0), Y = ivec2(0, 1);
    float twice = 2.0 * depth(here);
    float bend_x = abs(depth(here - X) + depth(here + X) - twice);
    float bend_y = abs(depth(here - Y) + depth(here + Y) - twice);
    if (max(bend_x, bend_y) < FLAT) discard;
}
