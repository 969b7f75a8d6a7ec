package org.align4j.core.policy;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.machine.Memory;
import org.align4j.core.model.BaseModel;
import org.align4j.core.pack.PackedBatch;

/** A process that trains a tiny policy and prints the live native arrays after every step asked for, then its memory. */
final class TrainingMemory {
    private TrainingMemory() {}

    public static void main(String[] arguments) {
        boolean recompute = Boolean.parseBoolean(arguments[0]);
        try (BaseModel base = TinyPolicies.base(Dtype.F32);
                Policy policy = Policy.adapted(base, TinyPolicies.adapter(base, 0.1), true, recompute);
                AdamW optimizer = new AdamW(
                        policy.trainables(),
                        new AdamW.Settings(0.9, 0.999, 1e-8, 0),
                        base.engine().open())) {
            NDManager root = base.scope().manager().getParentManager();
            Random random = new Random(1);
            for (int step = 1; step <= 300; step++) {
                train(policy, optimizer, random);
                if (step == 3 || step == 30) {
                    System.out.println("arrays " + root.getManagedArrays().size());
                }
                if (step == 100 || step == 300) {
                    System.gc();
                    System.out.println("resident " + Memory.current().resident().orElseThrow());
                }
            }
        }
    }

    private static void train(Policy policy, AdamW optimizer, Random random) {
        List<TinyPolicies.Row> rows = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            rows.add(TinyPolicies.row(random, 1 + random.nextInt(20), 1 + random.nextInt(12), 1 + random.nextInt(12)));
        }
        PackedBatch batch = TinyPolicies.batch(rows);
        policy.trainables().zeroGradients();
        policy.score(batch, policy.start());
        TinyPolicies.pass(policy, batch, random.nextLong());
        optimizer.apply(1e-4, 1 / (1 + optimizer.gradientNorm()));
    }
}
