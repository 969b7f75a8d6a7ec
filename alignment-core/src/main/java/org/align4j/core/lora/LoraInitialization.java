package org.align4j.core.lora;

import java.util.Arrays;
import java.util.Optional;

/** The ways in which an adapter's weights start, under PEFT's {@code init_lora_weights} values. */
public enum LoraInitialization {
    /** A Kaiming-uniform, B zero: the adapted model starts as the base. PEFT writes {@code true}. */
    ZERO("true", false),
    /** A Kaiming-uniform, B random. PEFT writes {@code false}. */
    RANDOM("false", false),
    /** A normal with deviation 1/rank, B zero. */
    GAUSSIAN("gaussian", false),
    /** A and B from an orthogonal matrix. */
    ORTHOGONAL("orthogonal", false),
    /** A from the activations' singular vectors, B zero. */
    EVA("eva", false),
    /** The leading singular vectors of the weight; the base keeps the residual. */
    PISSA("pissa", true),
    /** The weight's QR decomposition; the base keeps the residual. */
    OLORA("olora", true);

    private final String peftName;
    private final boolean changesBase;

    LoraInitialization(String peftName, boolean changesBase) {
        this.peftName = peftName;
        this.changesBase = changesBase;
    }

    /**
     * Tells whether an adapter that is saved with this initialisation only fits a base from which the start was subtracted.
     */
    public boolean changesBase() {
        return changesBase;
    }

    /** Returns the initialisation's value in {@code adapter_config.json}, true and false as text. */
    public String peftName() {
        return peftName;
    }

    /** The initialisation of that PEFT value, or empty when it isn't supported. */
    public static Optional<LoraInitialization> ofPeft(String name) {
        return Arrays.stream(values())
                .filter(value -> value.peftName.equals(name))
                .findFirst();
    }
}
