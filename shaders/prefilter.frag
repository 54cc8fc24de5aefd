#version 330 core
// Specular environment of one roughness: GGX importance sampling with N = V = R (Karis 2013, "Real Shading
// in Unreal Engine 4"), each sample read from the mip whose texel covers it (Colbert & Krivanek, GPU Gems 3, 20).
#include "equirect.glsl"
uniform sampler2D sky_map;
uniform vec4 setting;        // perceptual roughness, solid angle of a source texel at the horizon, last mip, samples
in vec2 screen_uv;
out vec4 pixel;

float radical_inverse(uint bits) {
    bits = (bits << 16u) | (bits >> 16u);
    bits = ((bits & 0x55555555u) << 1u) | ((bits & 0xAAAAAAAAu) >> 1u);
    bits = ((bits & 0x33333333u) << 2u) | ((bits & 0xCCCCCCCCu) >> 2u);
    bits = ((bits & 0x0F0F0F0Fu) << 4u) | ((bits & 0xF0F0F0F0u) >> 4u);
    bits = ((bits & 0x00FF00FFu) << 8u) | ((bits & 0xFF00FF00u) >> 8u);
    return float(bits) * 2.3283064365386963e-10;
}

void main() {
    // Row 0 of the texture is the zenith, and row 0 of a render target is its bottom: no flip.
    vec3 n = equirect_direction(screen_uv);
    if (setting.x <= 0.0) {
        pixel = vec4(textureLod(sky_map, screen_uv, 0.0).rgb, 1.0);
        return;
    }
    vec3 side = normalize(cross(abs(n.y) < 0.9 ? vec3(0.0, 1.0, 0.0) : vec3(1.0, 0.0, 0.0), n));
    vec3 up = cross(n, side);
    float a = setting.x * setting.x, a2 = a * a;
    vec4 sum = vec4(0.0);
    uint count = uint(setting.w);
    for (uint i = 0u; i < count; i++) {
        vec2 xi = vec2((float(i) + 0.5) / setting.w, radical_inverse(i));
        float cos_h = sqrt((1.0 - xi.y) / (1.0 + (a2 - 1.0) * xi.y)), sin_h = sqrt(1.0 - cos_h * cos_h);
        float phi = 2.0 * PI * xi.x;
        vec3 h = sin_h * (cos(phi) * side + sin(phi) * up) + cos_h * n;
        vec3 l = reflect(-n, h);
        float cos_l = dot(n, l);
        if (cos_l <= 0.0) continue;
        float d = (a2 - 1.0) * cos_h * cos_h + 1.0;
        float pdf = a2 / (PI * d * d) * 0.25;              // D * NoH / (4 VoH), and V = N
        float texel = setting.y * max(length(l.xz), 0.05);
        float level = clamp(0.5 * log2(1.0 / (setting.w * pdf * texel)) + 1.0, 0.0, setting.z);
        sum += vec4(textureLod(sky_map, equirect_uv(l), level).rgb, 1.0) * cos_l;
    }
    pixel = vec4(sum.rgb / sum.a, 1.0);
}
