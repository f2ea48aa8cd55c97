import DiffusionBasics

/// A key of AUTOMATIC1111's payloads that means nothing here: accepted where it would change no picture, because people
/// paste whole payloads.
///
/// Names and defaults after stable-diffusion-webui 1.10, `StableDiffusionProcessingTxt2Img` and `…Img2Img`, whose API
/// makes the payload of the constructors' arguments, and of `script_name`, `send_images` and the like.
struct JobForeignKey: Sendable {
    let name: String
    /// The values that change no picture; nil for all.
    let harmless: [JSONNode.Value]?
    /// Whether it means nothing at all where a job has no mask.
    var isOfMasks = false

    static func named(_ name: String) -> JobForeignKey? { byName[name] }

    /// Whether a payload with that value makes the picture that it makes without.
    func isHarmless(_ node: JSONNode) -> Bool {
        guard let harmless, !node.isNull else { return true }
        return harmless.contains { Self.isSame($0, node) }
    }

    var harmlessListing: String {
        (harmless ?? []).map { JSONNode($0).serialized }.joined(separator: " or ")
    }

    private static func isSame(_ value: JSONNode.Value, _ node: JSONNode) -> Bool {
        switch (value, node.value) {
        case (.number(let a), .number(let b)): a.double == b.double
        case (.array(let a), .array(let b)): a.isEmpty && b.isEmpty
        case (.object(let a), .object(let b)): a.members.isEmpty && b.members.isEmpty
        case (let a, let b): a == b
        }
    }

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }

    static let all: [JobForeignKey] = ignored.map { JobForeignKey(name: $0, harmless: nil) } + restricted + ofMasks

    /// What says where pictures go, what is sent back, or how a pass works that another key switches on.
    private static let ignored = [
        "comments", "disable_extra_networks", "distilled_cfg_scale", "do_not_reload_embeddings", "do_not_save_grid",
        "do_not_save_samples",
        "firstpass_image", "firstphase_height", "firstphase_width", "force_task_id", "hr_additional_modules",
        "hr_cfg", "hr_checkpoint_name", "hr_distilled_cfg", "hr_negative_prompt", "hr_prompt", "hr_resize_x",
        "hr_resize_y", "hr_sampler_name", "hr_scale", "hr_scheduler", "hr_second_pass_steps", "hr_upscaler",
        "image_cfg_scale", "include_init_images", "inpaint_full_res_padding",
        "mask_round",
        "override_settings_restore_afterwards", "refiner_switch_at", "save_images", "script_args",
        "send_images", "subseed", "override_settings.samples_format", "override_settings.samples_save",
        "override_settings.grid_save", "override_settings.samples_filename_pattern",
        "override_settings.save_images_add_number",
    ]

    private static let restricted: [JobForeignKey] = [
        only("alwayson_scripts", .object(JSONObject())), only("ddim_discretize", .string("uniform")),
        only("enable_hr", .bool(false)), only("infotext", .string("")), only("initial_noise_multiplier", one),
        only("latent_mask", .string("")), only("refiner_checkpoint", .string(""), .string("None")),
        only("resize_mode", zero), only("restore_faces", .bool(false)), only("s_churn", zero),
        only("s_min_uncond", zero), only("s_noise", one), only("s_tmax", zero), only("s_tmin", zero),
        only("script_name", .string(""), .string("None")), only("seed_resize_from_h", minusOne, zero),
        only("seed_resize_from_w", minusOne, zero), only("styles", .array([])), only("subseed_strength", zero),
        only("tiling", .bool(false)), only("token_merging_ratio", zero), only("token_merging_ratio_hr", zero),
        only("override_settings.eta_noise_seed_delta", zero), only("override_settings.tiling", .bool(false)),
        only("override_settings.face_restoration", .bool(false)),
    ]

    /// A masked render takes the mask as it is, begins with the picture itself, and renders all of it: of A1111's values
    /// those that say so.
    private static let ofMasks = [
        only("inpaint_full_res", .bool(false), zero), only("inpainting_fill", one),
        only("inpainting_mask_invert", zero),
        only("mask_blur", zero), only("mask_blur_x", zero), only("mask_blur_y", zero),
    ].map { JobForeignKey(name: $0.name, harmless: $0.harmless, isOfMasks: true) }

    private static let zero = JSONNode.Value.number(JSONNumber(text: "0"))
    private static let one = JSONNode.Value.number(JSONNumber(text: "1"))
    private static let minusOne = JSONNode.Value.number(JSONNumber(text: "-1"))

    private static func only(_ name: String, _ values: JSONNode.Value...) -> JobForeignKey {
        JobForeignKey(name: name, harmless: values)
    }
}
