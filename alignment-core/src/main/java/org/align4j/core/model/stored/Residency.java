package org.align4j.core.model.stored;

/** Whether frozen weights stay in memory. */
public enum Residency {
    /** Weights stay in memory. */
    RESIDENT,
    /** Weights stay on disk and are read a layer at a time, whenever they are used. */
    MAPPED
}
