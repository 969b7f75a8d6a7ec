package org.align4j.core.policy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.align4j.core.family.Families;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.lora.AdapterFolder.AdapterTensor;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraConfig.LoraBias;
import org.align4j.core.lora.LoraOptions;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.pack.TokenTree;
import org.align4j.core.policy.Pass.TokenScores;
import org.align4j.core.reference.TinyFamilies;
import org.jspecify.annotations.Nullable;

/** A random Llama of three layers, or another family's tiny model, adapters over it, and rows of random tokens. */
public final class TinyPolicies {
    static final Path MODEL = TinyFamilies.of("llama");
    private static final int VOCABULARY = TinyFamilies.VOCABULARY;

    private TinyPolicies() {}

    static BaseModel base(Dtype dtype) {
        return base("llama", dtype);
    }

    /** The tiny model of a case. */
    public static BaseModel base(String family, Dtype dtype) {
        Path model = TinyFamilies.of(family);
        return BaseModel.load(model, Families.decoder(model), dtype, Engine.cpu());
    }

    /** All linear layers, rank 4; B is zero. */
    static AdapterValues identity(BaseModel base, double dropout) {
        return identity(base, new LoraOptions.SizeOptions(4, 8, dropout));
    }

    /** All linear layers; B is zero. */
    static AdapterValues identity(BaseModel base, LoraOptions.SizeOptions size) {
        LoraOptions options = new LoraOptions(
                size,
                "all-linear",
                LoraOptions.Variant.PLAIN,
                new LoraOptions.ExclusionOptions(null, null),
                LoraBias.NONE,
                new LoraOptions.PatternOptions(Map.of(), Map.of()),
                List.of());
        LoraTargets targets = LoraTargets.ofOptions(
                options.toConfig(AdapterOrigin.unknown()), AdapterValues.modules(base.decoder()), "llama");
        return AdapterValues.initial(targets, base, 7);
    }

    /** The same with a random B. */
    public static AdapterValues adapter(BaseModel base, double dropout) {
        AdapterValues identity = identity(base, dropout);
        Random random = new Random(3);
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        identity.values().forEach((tensor, numbers) -> {
            float[] own = numbers.clone();
            if (tensor.part() == AdapterTensor.Part.B) {
                for (int i = 0; i < own.length; i++) {
                    own[i] = (float) (0.05 * random.nextGaussian());
                }
            }
            values.put(tensor, own);
        });
        return new AdapterValues(identity.targets(), values);
    }

    /**
     * A prompt and two responses.
     *
     * @param answers token ids of each
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Row(int[] prompt, int[]... answers) {
        TokenTree tree() {
            return TokenTree.of(prompt, answers);
        }
    }

    /** Makes an adapter of a llama whose B are drawn numbers, so that it isn't the identity. */
    public static AdapterValues adapter(BaseModel base, LoraOptions options, DoubleSupplier drawn) {
        AdapterValues fresh = AdapterValues.initial(
                LoraTargets.ofOptions(
                        options.toConfig(AdapterOrigin.unknown()), AdapterValues.modules(base.decoder()), "llama"),
                base,
                7);
        Map<AdapterTensor, float[]> values = new LinkedHashMap<>();
        fresh.values().forEach((tensor, numbers) -> {
            float[] own = numbers.clone();
            for (int i = 0; i < own.length && tensor.part() == AdapterTensor.Part.B; i++) {
                own[i] = (float) drawn.getAsDouble();
            }
            values.put(tensor, own);
        });
        return new AdapterValues(fresh.targets(), values);
    }

    static Row row(Random random, int prompt, int chosen, int rejected) {
        return new Row(tokens(random, prompt), tokens(random, chosen), tokens(random, rejected));
    }

    static int[] tokens(Random random, int count) {
        return random.ints(count, 3, VOCABULARY).toArray();
    }

    /** Rows of several lengths, one of them short. */
    static List<Row> rows() {
        Random random = new Random(11);
        List<Row> rows = new ArrayList<>();
        for (int[] lengths : new int[][] {{9, 7, 5}, {3, 12, 2}, {1, 1, 6}, {17, 4, 9}}) {
            rows.add(row(random, lengths[0], lengths[1], lengths[2]));
        }
        return rows;
    }

    static PackedBatch batch(List<Row> rows) {
        return PackedBatch.of(rows.stream().map(Row::tree).toList());
    }

    /** The rows of {@link #rows} as a model needs them laid out. */
    static PackedBatch batch(BaseModel base) {
        return PackedBatch.of(
                rows().stream().map(Row::tree).toList(), base.decoder().lengthBoundary());
    }

    /** Coefficients of either sign, one a scored token. */
    static float[] coefficients(PackedBatch batch) {
        float[] coefficients = new float[batch.scored()];
        for (int i = 0; i < coefficients.length; i++) {
            coefficients[i] = (float) Math.sin(1 + i) / coefficients.length;
        }
        return coefficients;
    }

    /** Makes a pass whose backward adds the gradients of {@link #coefficients}; gives its scores. */
    static TokenScores pass(Policy policy, PackedBatch batch, @Nullable Long dropoutSeed) {
        try (Pass pass = policy.pass(batch, dropoutSeed)) {
            pass.backward(coefficients(batch));
            return pass.scores();
        }
    }

    /** All gradients, end to end. */
    static double[] gradients(Policy policy) {
        List<float[]> parts = new ArrayList<>();
        policy.trainables()
                .members()
                .forEach(member -> parts.add(member.gradient().toFloatArray()));
        double[] all = new double[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (float[] part : parts) {
            for (float value : part) {
                all[at++] = value;
            }
        }
        return all;
    }

    static double norm(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        return Math.sqrt(squares);
    }

    static double cosine(double[] a, double[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
        }
        return product / norm(a) / norm(b);
    }
}
