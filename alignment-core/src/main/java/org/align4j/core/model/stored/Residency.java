package org.align4j.core.model.stored;

/** Whether frozen weights stay in memory. */
public enum Residency {
    /** They stay. */
    RESIDENT,
    /** They stay on disk and are read a layer at a time, whenever they are used. */
    MAPPED
}
