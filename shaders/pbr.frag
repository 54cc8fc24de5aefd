#version 330 core
// glTF metallic-roughness: Lambert + GGX with height-correlated Smith (glTF 2.0, appendix B), split-sum
// environment with the analytic fit of Karis ("Physically Based Shading on Mobile", 2014).
#include "blocks.glsl"
#include "equirect.glsl"
#include "tone.glsl"
#include "encode.glsl"
uniform sampler2DArray base_map;
uniform sampler2DArray metallic_roughness_map;
uniform sampler2DArray normal_map;
uniform sampler2DArray occlusion_map;
uniform sampler2DArray emissive_map;
uniform sampler2DArray light_map;
uniform sampler2D environment_map;
in vec3 world_position;
in vec3 world_normal;
in vec4 world_tangent;
in vec4 uv_sets;
#ifdef COLOURED
in vec4 tint;
#endif
out vec4 pixel;

vec3 uv_of(int slot) {
    vec3 source = vec3(uv[2 * slot].w > 0.5 ? uv_sets.zw : uv_sets.xy, 1.0);
    return vec3(dot(uv[2 * slot].xyz, source), dot(uv[2 * slot + 1].xyz, source), uv[2 * slot + 1].w);
}

#ifdef NORMAL_MAPPED
vec3 bent(vec3 n) {
    vec3 place = uv_of(2);
    vec3 m = texture(normal_map, place).xyz * 2.0 - 1.0;
    m = normalize(vec3(m.xy * factors.z, m.z));
#ifdef TANGENTS
    // The map lies in the tangent space of the mesh, whatever the texture transform (glTF 2.0, 3.9.3).
    vec3 t = normalize(world_tangent.xyz - n * dot(n, world_tangent.xyz));
    vec3 b = cross(n, t) * world_tangent.w;
#else
    // Without tangents: the frame that the screen derivatives of position and UV give (Schueler,
    // "Followup: Normal Mapping Without Precomputed Tangents", 2013). v runs down, the bitangent up.
    vec3 dx = dFdx(world_position), dy = dFdy(world_position);
    vec2 ux = dFdx(place.xy), uy = dFdy(place.xy);
    vec3 px = cross(dy, n), py = cross(n, dx);
    vec3 t = px * ux.x + py * uy.x;
    vec3 b = -(px * ux.y + py * uy.y);
    float size = max(dot(t, t), dot(b, b));
    if (size < 1.0e-20) return n;
    t *= inversesqrt(size);
    b *= inversesqrt(size);
#endif
    return normalize(mat3(t, b, n) * m);
}
#endif

vec3 diffuse_environment(vec3 n) {
    vec3 sum = irradiance[0].rgb + irradiance[1].rgb * n.y + irradiance[2].rgb * n.z + irradiance[3].rgb * n.x
        + irradiance[4].rgb * (n.x * n.y) + irradiance[5].rgb * (n.y * n.z)
        + irradiance[6].rgb * (3.0 * n.z * n.z - 1.0) + irradiance[7].rgb * (n.x * n.z)
        + irradiance[8].rgb * (n.x * n.x - n.y * n.y);
    return max(sum, vec3(0.0));
}

vec3 environment_reflectance(vec3 f0, float roughness, float cos_v) {
    vec4 r = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(r.x * r.x, exp2(-9.28 * cos_v)) * r.x + r.y;
    vec2 ab = vec2(-1.04, 1.04) * a + r.zw;
    return f0 * ab.x + ab.y;
}

// Illuminance that a lamp sheds on a surface facing it, and the direction towards it.
vec3 shed(Lamp lamp, out vec3 towards) {
    towards = -lamp.direction.xyz;
    if (lamp.colour_kind.w < 0.5) return lamp.colour_kind.rgb;
    vec3 way = lamp.position_range.xyz - world_position;
    float square = max(dot(way, way), 1.0e-4);
    towards = way * inversesqrt(square);
    float fall = 1.0 / square;
    if (lamp.position_range.w > 0.0) {   // KHR_lights_punctual, "range property"
        float share = square / (lamp.position_range.w * lamp.position_range.w);
        fall *= clamp(1.0 - share * share, 0.0, 1.0);
    }
    if (lamp.colour_kind.w > 1.5) {
        float cone = clamp(dot(-towards, lamp.direction.xyz) * lamp.cone.x + lamp.cone.y, 0.0, 1.0);
        fall *= cone * cone;
    }
    return lamp.colour_kind.rgb * fall;
}

void main() {
    vec4 base = base_factor;
#ifdef COLOURED
    base *= tint;
#endif
#ifdef BASE_COLOUR_MAPPED
    base *= texture(base_map, uv_of(0));
#endif
#ifdef MASKED
    if (base.a < emissive_cutoff.w) discard;
#endif
    float metallic = factors.x, roughness = factors.y, open = 1.0;
#ifdef METALLIC_ROUGHNESS_MAPPED
    vec4 orm = texture(metallic_roughness_map, uv_of(1));
    metallic *= orm.b;
    roughness *= orm.g;
#endif
    roughness = clamp(roughness, 0.045, 1.0);
#ifdef OCCLUSION_MAPPED
    open += factors.w * (texture(occlusion_map, uv_of(3)).r - 1.0);
#endif

    vec3 v = normalize(eye_position.xyz - world_position);
#ifdef FLAT
    vec3 n = normalize(cross(dFdx(world_position), dFdy(world_position)));
    if (dot(n, v) < 0.0) n = -n;
#else
    vec3 n = normalize(world_normal);
    if (!gl_FrontFacing) n = -n;
#endif
#ifdef NORMAL_MAPPED
    n = bent(n);
#endif
    float cos_v = clamp(abs(dot(n, v)), 1.0e-4, 1.0);
    vec3 f0 = mix(vec3(0.04), base.rgb, metallic);
    vec3 matt = base.rgb * (1.0 - metallic);

    vec3 r = reflect(-v, n);
    vec3 ambient = diffuse_environment(n) * environment.x;
    vec3 mirrored = textureLod(environment_map, equirect_uv(r), roughness * environment.y).rgb * environment.x;
    vec3 reflectance = environment_reflectance(f0, roughness, cos_v);
#ifdef LIGHTMAP_MAPPED
    // The map holds all matt light; what is mirrored is dimmed as much as the light that arrives here.
    vec3 baked = texture(light_map, uv_of(5)).rgb * options.x;
    float share = dot(baked, vec3(0.2126, 0.7152, 0.0722)) / max(dot(ambient, vec3(0.2126, 0.7152, 0.0722)), 1.0e-6);
    vec3 radiance = matt * baked + reflectance * mirrored * open * min(share, 1.0);
#else
    // Occluded reflections: Lagarde & de Rousiers, "Moving Frostbite to PBR" (2014).
    float hidden = clamp(pow(cos_v + open, exp2(-16.0 * roughness - 1.0)) - 1.0 + open, 0.0, 1.0);
    vec3 radiance = matt * (1.0 - reflectance) * ambient * open + reflectance * mirrored * hidden;
    float a2 = roughness * roughness * roughness * roughness;
    int count = int(lamp_count.x);
    for (int i = 0; i < count; i++) {
        vec3 l;
        vec3 arriving = shed(lamps[i], l);
        float cos_l = dot(n, l);
        if (cos_l <= 0.0) continue;
        vec3 h = normalize(l + v);
        float cos_h = clamp(dot(n, h), 0.0, 1.0), cos_d = clamp(dot(v, h), 0.0, 1.0);
        float d = cos_h * cos_h * (a2 - 1.0) + 1.0;
        float lobe = a2 / (PI * d * d);
        float seen = 0.5 / (cos_l * sqrt(cos_v * cos_v * (1.0 - a2) + a2)
            + cos_v * sqrt(cos_l * cos_l * (1.0 - a2) + a2));
        vec3 fresnel = f0 + (1.0 - f0) * pow(1.0 - cos_d, 5.0);
        radiance += ((1.0 - fresnel) * matt / PI + fresnel * lobe * seen) * arriving * cos_l;
    }
#endif
#ifdef EMISSIVE_MAPPED
    radiance += emissive_cutoff.rgb * texture(emissive_map, uv_of(4)).rgb;
#else
    radiance += emissive_cutoff.rgb;
#endif
#ifdef LIGHTMAP_MAPPED
    // Baked light is graded already: shown as it is, like unlit colours and as viewers of the file show it.
    vec3 shown = abs(eye_position.w - 1.0) < 0.5 ? radiance : radiance * environment.w;
#else
    vec3 shown = exposed(radiance);
#endif
#ifdef BLENDED
    pixel = vec4(shown, base.a);
#else
    pixel = vec4(encoded(shown), 1.0);
#endif
}
