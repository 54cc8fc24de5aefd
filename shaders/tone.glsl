// Tone mapping: Khronos PBR Neutral (Khronos Group, specification of 2024). A small toe that takes off the 0.04
// which every dielectric reflects, then 1:1, then a shoulder that keeps the hue and fades to white. Chosen by
// eye over the ACES fit and AgX: painted colours stay as painted, which matters beside unlit works of art.
const float TOE = 0.04;
const float SHOULDER = 0.8 - TOE;
const float FADE = 0.15;

vec3 tone_mapped(vec3 colour) {
    float least = min(colour.r, min(colour.g, colour.b));
    colour -= least < 2.0 * TOE ? least - least * least / (4.0 * TOE) : TOE;
    float peak = max(colour.r, max(colour.g, colour.b));
    if (peak < SHOULDER) return colour;
    float room = 1.0 - SHOULDER;
    float pressed = 1.0 - room * room / (peak + room - SHOULDER);
    float white = 1.0 - 1.0 / (FADE * (peak - pressed) + 1.0);
    return mix(colour * (pressed / peak), vec3(pressed), white);
}

// What leaves the shader for a radiance in cd/m2: linear and display referred, unless radiance is asked for.
vec3 exposed(vec3 radiance) {
    return abs(eye_position.w - 1.0) < 0.5 ? radiance : tone_mapped(min(radiance * environment.w, vec3(6.0e4)));
}
