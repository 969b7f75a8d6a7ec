package org.align4j.core.task.ifeval;

/** An instruction with its numbers and words, which an answer follows or does not. */
@FunctionalInterface
public interface Instruction {

    /** Tells whether an answer follows it as it stands; what an answer without any text follows is not asked here. */
    boolean isFollowed(String answer);
}
