#version 330 core
// KHR_materials_unlit, exactly: base colour x texture x COLOR_0 in linear light. Then sRGB.
#include "blocks.glsl"
#include "encode.glsl"
#ifdef BASE_COLOUR_MAPPED
uniform sampler2D base_map;
#endif
in vec2 base_uv;
#ifdef COLOURED
in vec4 tint;
#endif
out vec4 pixel;

void main() {
    vec4 base = base_factor;
#ifdef COLOURED
    base *= tint;
#endif
#ifdef BASE_COLOUR_MAPPED
    base *= texture(base_map, base_uv);
#endif
#ifdef MASKED
    if (base.a < emissive_cutoff.w) discard;
#endif
#ifdef BLENDED
    pixel = base;
#else
    pixel = vec4(encoded(base.rgb), 1.0);
#endif
}
