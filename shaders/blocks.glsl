// Uniform blocks (std140), mirrored by vrgen/view/blocks.py. Frame: glTF's, metres, +Y up.

layout(std140) uniform Eye {
    mat4 view_projection;
    mat4 ray_from_clip;      // rotation only: clip position at the far plane -> world direction
    vec4 eye_position;       // xyz metres; w what is written: 0 sRGB, 1 radiance in cd/m2, 2 linear as shown
};

struct Lamp {
    vec4 position_range;     // xyz metres; w range in metres, 0 for none
    vec4 colour_kind;        // rgb candela or lux; w 0 directional, 1 point, 2 spot
    vec4 direction;          // xyz unit, the way the light shines
    vec4 cone;               // x scale, y offset of the spot falloff
};

layout(std140) uniform Light {
    vec4 irradiance[9];      // spherical harmonics of E / pi, basis folded in
    vec4 environment;        // x factor of the environment, y its last mip, w exposure
    vec4 lamp_count;         // x
    Lamp lamps[16];
};

layout(std140) uniform Surface {
    vec4 base_factor;        // linear RGBA
    vec4 emissive_cutoff;    // rgb emission; w alpha cutoff
    vec4 factors;            // metallic, roughness, normal scale, occlusion strength
    vec4 options;            // x lightmap intensity
    vec4 uv[12];             // two rows a texture: (u', v') = rows * (u, v, 1); w: UV set, then layer
};
