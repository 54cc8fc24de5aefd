// Filmic tone mapping: the ACES reference rendering and output transforms as fitted by Stephen Hill
// (published in Selfshadow's BakingLab, 2016), scaled so that middle grey 0.18 keeps its place.
const mat3 ACES_IN = mat3(
    0.59719, 0.07600, 0.02840,
    0.35458, 0.90834, 0.13383,
    0.04823, 0.01566, 0.83777);
const mat3 ACES_OUT = mat3(
    1.60475, -0.10208, -0.00327,
    -0.53108, 1.10813, -0.07276,
    -0.07367, -0.00605, 1.07602);

vec3 filmic(vec3 radiance) {
    vec3 v = ACES_IN * min(radiance * 1.45, vec3(6.0e4));
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081);
    return clamp(ACES_OUT * v, 0.0, 1.0);
}

// What leaves the shader for a radiance in cd/m2: linear, display referred, unless linear output is asked for.
vec3 exposed(vec3 radiance) {
    return eye_position.w > 0.5 ? radiance : filmic(radiance * environment.w);
}
