package org.align4j.core.session.options;

import java.util.Locale;
import org.align4j.core.error.InputException;
import org.align4j.core.machine.CacheFolder;
import org.align4j.core.model.Holding;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.model.Holding.Residency;
import org.align4j.core.options.Option;
import org.align4j.core.quantization.Quantization;
import org.align4j.core.quantization.Quantization.Scheme;
import org.jspecify.annotations.Nullable;

/** How the frozen model is held: a group of options. */
public record StorageOptions(
        @Option(help = "With method qlora: the layers' frozen matrices in 4 bits (nf4) or 8 (int8).", unset = "auto")
        @Nullable
        Scheme quantization,

        @Option(help = "With nf4: the constants of its blocks in 8 bits, true by default.", unset = "auto") @Nullable
        Boolean doubleQuantization,

        @Option(
                help = "Frozen weights stay in memory, or on disk, read a layer at a time: less memory, more time.",
                defaultValue = "resident")
        Residency weights) {

    /** Refuses constants in 8 bits with numbers in 8 bits. */
    public StorageOptions {
        if (Boolean.TRUE.equals(doubleQuantization) && quantization == Scheme.INT8) {
            throw new InputException(
                    "double-quantization is true but quantization is int8; it belongs to nf4, whose constants"
                            + " weigh more: leave it out, or quantize to nf4.");
        }
    }

    /** Refuses storage that doesn't fit what trains. */
    void require(PolicyOptions.Method method, @Nullable Boolean recompute) {
        boolean quantized = method == PolicyOptions.Method.QLORA;
        String said = method.name().toLowerCase(Locale.ROOT);
        if (!quantized && (quantization != null || doubleQuantization != null)) {
            String option = quantization == null ? "double-quantization" : "quantization";
            throw new InputException(option + " is given but method is " + said + ", which trains "
                    + (method == PolicyOptions.Method.FULL ? "the weights themselves" : "over the weights as they are")
                    + "; use method qlora, or leave " + option + " out.");
        }
        if (method == PolicyOptions.Method.FULL && weights == Residency.MAPPED) {
            throw new InputException("weights is mapped but method is full, which trains every weight in memory;"
                    + " use method lora or qlora, or leave weights out.");
        }
        if (Boolean.FALSE.equals(recompute) && (quantized || weights == Residency.MAPPED)) {
            String what = quantized ? "method is qlora" : "weights is mapped";
            throw new InputException("recompute is false but " + what
                    + ", which saves memory only where layers are computed again; leave recompute out.");
        }
    }

    /** Whether layers must be computed again in the backward pass, so that none of their weights stays. */
    static boolean recomputes(PolicyOptions.Method method, Residency weights) {
        return method == PolicyOptions.Method.QLORA || weights == Residency.MAPPED;
    }

    /** Returns the options that say how a base is held. */
    static StorageOptions of(@Nullable Quantization quantization, Residency weights) {
        return quantization == null
                ? new StorageOptions(null, null, weights)
                : new StorageOptions(quantization.scheme(), quantization.doubled(), weights);
    }

    private Quantization quantized() {
        Scheme scheme = quantization == null ? Scheme.NF4 : quantization;
        boolean doubled = doubleQuantization == null ? scheme == Scheme.NF4 : doubleQuantization;
        return new Quantization(scheme, doubled);
    }

    /** What a method does with the matrices; null: nothing. */
    @Nullable
    Quantization quantization(PolicyOptions.Method method) {
        return method == PolicyOptions.Method.QLORA ? quantized() : null;
    }

    /** Returns how the base is held where it is trained by a method. */
    public Holding holding(PolicyOptions.Method method, Precision precision) {
        return holding(precision, quantization(method), weights);
    }

    /** How a base is held, with matrices in few bits in the cache folder. */
    public static Holding holding(Precision precision, @Nullable Quantization quantization, Residency residency) {
        return new Holding(
                precision,
                residency,
                quantization == null ? null : new Holding.QuantizedStorage(quantization, CacheFolder.quantized()));
    }
}
