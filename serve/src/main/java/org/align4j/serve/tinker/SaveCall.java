package org.align4j.serve.tinker;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.align4j.core.files.Json;
import org.align4j.serve.door.Asked;
import org.align4j.serve.tinker.SavedWeights.Saving;
import org.align4j.serve.tinker.TinkerTable.Kind;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks with one of the calls that save weights.
 *
 * @param saving what is saved
 * @param sampler number of the sampler that answers by it, which has no name then; null where it has a name
 * @param recipients whom the files are encrypted to; none where they aren't
 * @param type of the answer
 */
record SaveCall(Saving saving, @Nullable Long sampler, List<AgeRecipient> recipients, String type) {
    private static final long LEAST_SECONDS = 3600;
    private static final long MOST_SECONDS = 10L * 365 * 24 * 3600;
    private static final int LONGEST_NAME = 128;
    private static final int MOST_RECIPIENTS = 20;
    private static final String RECIPIENTS = "age_encryption_recipients";
    private static final Asked.Metadata NOTES = new Asked.Metadata(64, 256, 4096);
    private static final String SAMPLER_NUMBER = "sampling_session_seq_id";

    /**
     * Reads a body.
     *
     * @param kind of the call
     * @param number of the call
     * @throws Refusal 400 where a field can't be
     */
    static SaveCall read(ModelCalls.Kind kind, long number, JsonNode body) {
        Asked asked = Asked.request(body);
        return switch (kind) {
            case SAVE -> {
                asked.requireKnown(
                        List.of("model_id", "seq_id", "path", "overwrite", "ttl_seconds", "user_metadata", "type"));
                String name = asked.text("path", LONGEST_NAME);
                yield new SaveCall(
                        saving(asked, Kind.TRAINING, name == null ? "call-" + number : name, number),
                        null,
                        List.of(),
                        "save_weights");
            }
            case SAVE_SAMPLER -> sampler(asked, number);
            case SAVE_EXTERNAL -> {
                asked.requireKnown(List.of("model_id", "seq_id", "path", "ttl_seconds", RECIPIENTS, "type"));
                yield new SaveCall(
                        saving(asked, Kind.EXTERNAL, asked.requiredText("path", LONGEST_NAME), number),
                        null,
                        recipients(asked),
                        "save_weights_external");
            }
            default -> throw new IllegalArgumentException("a " + kind + " saves nothing");
        };
    }

    private static SaveCall sampler(Asked asked, long number) {
        asked.requireKnown(
                List.of("model_id", "seq_id", "path", SAMPLER_NUMBER, "kind", "ttl_seconds", "user_metadata", "type"));
        if ("inflight".equals(asked.word("kind", List.of("snapshot", "inflight")))) {
            throw Asked.refusal(
                    "kind is inflight, but samplers here keep the weights that they were made with; take snapshot, and a new sampler after a step.",
                    "kind",
                    "unsupported_parameter");
        }
        Long sampler = asked.whole(SAMPLER_NUMBER, 0, Long.MAX_VALUE);
        String name = asked.text("path", LONGEST_NAME);
        if ((sampler == null) == (name == null)) {
            throw Asked.refusal(
                    "Either path, a name of the weights, or sampling_session_seq_id must be given, and not both.",
                    "path",
                    "invalid_value");
        }
        Saving saving = name == null
                ? new Saving(Kind.SAMPLER, SavedWeights.UNNAMED + sampler, number, true, null, Json.tree(Map.of()))
                : saving(asked, Kind.SAMPLER, name, number);
        return new SaveCall(saving, sampler, List.of(), "save_weights_for_sampler");
    }

    private static List<AgeRecipient> recipients(Asked asked) {
        JsonNode given = asked.node().path(RECIPIENTS);
        if (given.isMissingNode() || given.isNull()) {
            return List.of();
        }
        List<AgeRecipient> recipients = new ArrayList<>();
        for (JsonNode each : given) {
            recipients.add(AgeRecipient.read(each.asText()));
        }
        if (recipients.isEmpty() || recipients.size() > MOST_RECIPIENTS) {
            throw Asked.refusal(
                    RECIPIENTS + " must hold 1 to " + MOST_RECIPIENTS
                            + " public keys of age; leave it out for files that aren't encrypted.",
                    RECIPIENTS,
                    "invalid_value");
        }
        return recipients;
    }

    private static Saving saving(Asked asked, Kind kind, String name, long number) {
        Long seconds = seconds(asked);
        return new Saving(
                kind,
                SavedWeights.requireName(name),
                number,
                Boolean.TRUE.equals(asked.truth("overwrite")),
                seconds == null ? null : Instant.now().plusSeconds(seconds),
                asked.has("user_metadata") ? Json.tree(asked.pairs("user_metadata", NOTES)) : Json.tree(null));
    }

    /** Reads after how many seconds weights go; null where they stay. */
    static @Nullable Long seconds(Asked asked) {
        return asked.whole("ttl_seconds", LEAST_SECONDS, MOST_SECONDS);
    }
}
