package org.align4j.core.eval;

import java.util.List;

/**
 * What of a training method decides how its figures are read.
 *
 * @param command sft, dpo, reward or ppo
 * @param losses of dpo by name, the first one gives the rewards; empty for the others
 * @param hasReference whether rewards are log-ratios to a reference
 * @param warnings what the method's own settings tell before the first step
 */
public record MethodFacts(String command, List<String> losses, boolean hasReference, List<Warning> warnings) {
    public MethodFacts {
        losses = List.copyOf(losses);
        warnings = List.copyOf(warnings);
    }

    /** A method without losses to choose from: sft, reward or ppo. */
    public static MethodFacts of(String command) {
        return new MethodFacts(command, List.of(), command.equals("ppo"), List.of());
    }

    /** Preference optimization. */
    public static MethodFacts ofPreferences(List<String> losses, boolean hasReference) {
        return new MethodFacts("dpo", losses, hasReference, List.of());
    }

    /** Returns these facts with what the method's own settings tell. */
    public MethodFacts warning(List<Warning> found) {
        return new MethodFacts(command, losses, hasReference, found);
    }

    /** Whether preferences are learned. */
    public boolean isPreference() {
        return command.equals("dpo");
    }

    /** Whether it learns from scores of its own answers. */
    public boolean isSampling() {
        return command.equals("ppo");
    }

    /** Whether what is trained gives scores. */
    public boolean isReward() {
        return command.equals("reward");
    }

    /** Whether single answers are judged, not pairs. */
    public boolean isUnpaired() {
        return losses.contains("kto") || losses.contains("bco") || losses.contains("apo_zero_unpaired");
    }

    /** Whether the loss holds a penalty on chosen answers that fall below the reference: it may rise while the pairs are learned. */
    public boolean penalisesFall() {
        return losses.contains("dpop");
    }

    /** Whether the loss wants a margin of a certain size, so that more is pulled back and nothing saturates. */
    public boolean wantsCertainMargin() {
        return losses.contains("ipo") || losses.contains("ipo_sum") || losses.contains("sppo_hard");
    }

    /** Whether single answers are compared by how surprising mismatched ones are: KTO's z. */
    public boolean isKto() {
        return losses.contains("kto");
    }

    /** What keeps the policy near its start, as an option to raise; empty where nothing does. */
    public String anchor() {
        return isSampling() ? "kl-coefficient" : isPreference() && hasReference ? "beta" : "";
    }

    /** Whether the loss already holds the chosen answers' own log-probability. */
    public boolean imitatesChosen() {
        return losses.contains("sft") || losses.contains("orpo") || losses.contains("cpo");
    }
}
