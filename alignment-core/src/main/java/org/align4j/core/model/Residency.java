package org.align4j.core.model;

/** The places where frozen weights stay: in memory, or on disk. */
public enum Residency {
    /** Weights stay in memory. */
    RESIDENT,
    /** Weights stay on disk and are read a layer at a time, whenever they are used. */
    MAPPED
}
