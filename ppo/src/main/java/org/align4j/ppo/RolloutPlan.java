package org.align4j.ppo;

/**
 * How responses are made, every auto of {@link RolloutOptions} settled.
 *
 * @param responses in one step of the run
 * @param samples responses to each prompt
 * @param generationBatch responses made together; 0: a waiting one takes the place of one that ended
 * @param drawing how each is drawn
 */
record RolloutPlan(int responses, int samples, int generationBatch, DrawingOptions drawing) {

    /** Returns the prompts that a step answers, each {@link #samples} times. */
    public int prompts() {
        return responses / samples;
    }

    /** Returns this plan as options: what config.yaml holds. */
    RolloutOptions options() {
        return new RolloutOptions(responses, samples, generationBatch, drawing);
    }
}
