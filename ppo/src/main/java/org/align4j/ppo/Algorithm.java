package org.align4j.ppo;

import java.util.Locale;

/** The algorithms by which rollouts become a better policy. */
enum Algorithm {
    /** Clipped policy and value losses, advantages by a critic (Schulman et al. 2017). */
    PPO(1),
    /**
     * REINFORCE with the other responses to the same prompt as a baseline, the response's ratio as a whole (Ahmadian et al.
     * 2024).
     */
    RLOO(8),
    /** The group's mean and spread as a baseline (Shao et al. 2024). */
    GRPO(8),
    /** The best response of a prompt against its worst, by DPO's loss (Guo et al. 2024). */
    ONLINE_DPO(2);

    private final int samples;

    Algorithm(int samples) {
        this.samples = samples;
    }

    /** Responses to each prompt where nothing else is said. */
    int usualSamples() {
        return samples;
    }

    /** Whether responses are compared within their prompt, so that one response has nothing to be compared with. */
    public boolean comparesWithinPrompt() {
        return this != PPO;
    }

    /** Whether the best and the worst answer to a prompt are a pair to learn from; else each answer has an advantage. */
    public boolean learnsFromPairs() {
        return this == ONLINE_DPO;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
