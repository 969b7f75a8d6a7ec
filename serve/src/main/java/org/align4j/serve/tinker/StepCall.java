package org.align4j.serve.tinker;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.loop.AdamSettings;
import org.align4j.serve.door.Asked;
import org.align4j.web.Refusal;

/** Reads what a client asks with {@code optim_step}. */
final class StepCall {
    private static final double USUAL_RATE = 1e-4;
    private static final double USUAL_BETA1 = 0.9;
    private static final double USUAL_BETA2 = 0.95;
    private static final double USUAL_EPSILON = 1e-12;
    private static final String ADAM = "adam_params";

    private StepCall() {}

    /**
     * Reads the numbers of a step.
     *
     * @throws Refusal 400 where one can't be, or another optimizer is asked for
     */
    static AdamSettings read(JsonNode body) {
        Asked asked = Asked.request(body).requireKnown(List.of("model_id", "seq_id", ADAM, "optimizer_params", "type"));
        if (asked.has("optimizer_params")) {
            throw Asked.refusal(
                    "optimizer_params asks for another optimizer than AdamW, which is the only one here; send adam_params.",
                    "optimizer_params",
                    "unsupported_parameter");
        }
        Asked adam = asked.object(ADAM);
        if (adam == null) {
            throw asked.missing(ADAM);
        }
        adam.requireKnown(List.of("learning_rate", "beta1", "beta2", "eps", "weight_decay", "grad_clip_norm"));
        try {
            return new AdamSettings(
                    number(adam, "learning_rate", USUAL_RATE),
                    number(adam, "beta1", USUAL_BETA1),
                    number(adam, "beta2", USUAL_BETA2),
                    number(adam, "eps", USUAL_EPSILON),
                    number(adam, "weight_decay", 0),
                    number(adam, "grad_clip_norm", 0));
        } catch (InputException wrong) {
            throw Asked.refusal(String.valueOf(wrong.getMessage()), ADAM, "invalid_value");
        }
    }

    private static double number(Asked adam, String field, double usual) {
        Double given = adam.decimal(field, 0, Double.MAX_VALUE);
        return given == null ? usual : given;
    }
}
