package org.align4j.ppo;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Map;
import org.align4j.core.family.ConfigJson;
import org.align4j.core.family.ScoreTask;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Saved;
import org.align4j.core.lora.LoraConfig.AdapterOrigin;
import org.align4j.core.lora.LoraTargets;
import org.align4j.core.lora.ModelCard;
import org.align4j.core.model.BaseModel;
import org.align4j.core.model.Linear;
import org.align4j.core.pack.PackedBatch;
import org.align4j.core.policy.AdamW;
import org.align4j.core.policy.AdapterValues;
import org.align4j.core.policy.Policy;
import org.align4j.core.policy.PolicyState;
import org.align4j.core.policy.ScoreReader;
import org.align4j.core.policy.ScoreReader.ScorePass;
import org.align4j.core.policy.TrainedCopy;
import org.align4j.core.session.PublicNames;
import org.align4j.core.session.TrainingSession;
import org.align4j.core.session.cluster.ClusterSource;
import org.align4j.core.session.options.RecipePlan;
import org.align4j.ppo.rollout.Layout;

/**
 * The critic: the value of the state before each response token, from a low-rank adapter and a head of its own on the policy's
 * frozen base. The head starts at 0. Its adapter is as the LoRA options say, without what they ask for besides pairs.
 */
public final class Critic implements Saved, AutoCloseable {
    private static final String HEAD = "score";
    private static final String FOLDER = "value";

    private final BaseModel base;
    private final Policy policy;
    private final ScoreReader reader;
    private final AdamW optimizer;
    private final PolicyState state;

    private Critic(BaseModel base, AdapterValues adapter, TrainingSession<?> session) {
        RecipePlan plan = session.plan();
        this.base = base;
        this.policy = Policy.adapted(base, adapter, false, plan.policy().recompute());
        policy.slice(ClusterSource.slices(plan.machine().cluster()));
        this.reader = new ScoreReader(policy);
        this.optimizer = session.optimizerFor(policy);
        ModelCard card = ModelCard.of(PublicNames.of(plan.policy().model()), "ppo");
        this.state = new PolicyState(policy, optimizer, adapter, card);
    }

    /** Makes the critic on a session's base. */
    public static Critic of(TrainingSession<?> session) {
        RecipePlan plan = session.plan();
        BaseModel body = session.policy().base();
        int hidden = body.decoder().hiddenSize();
        BaseModel base =
                body.withScores(Linear.of(HEAD, hidden, 1, false), Map.of(HEAD + ".weight", new float[hidden]));
        try {
            LoraTargets targets = LoraTargets.ofOptions(
                    plan.lora().pairsOnly().toConfig(AdapterOrigin.classifier(null, ScoreTask.SEQUENCE.peftName())),
                    AdapterValues.modules(base.decoder()),
                    ConfigJson.read(base.directory().resolve("config.json")).modelType());
            AdapterValues adapter =
                    AdapterValues.initial(targets, base, plan.machine().engine().seed() + 1);
            return new Critic(base, adapter, session);
        } catch (RuntimeException | Error e) {
            base.close();
            throw e;
        }
    }

    /** {@code [R]} the value of the state before each scored token, in the batch's order. */
    float[] values(PackedBatch batch) {
        return reader.read(batch, batch.rows()).values();
    }

    /** Returns the critic's policy, whose parameters are trained. */
    public Policy policy() {
        return policy;
    }

    /** Forgets the gradients of the last update. */
    public void zeroGradients() {
        policy.trainables().zeroGradients();
    }

    /** Makes a pass that gives the values of {@link #values}; the caller closes it. */
    public ScorePass pass(PackedBatch batch) {
        return reader.pass(batch, batch.rows(), null);
    }

    /** Returns the optimizer of the critic's parameters. */
    public AdamW optimizer() {
        return optimizer;
    }

    /** Copies what trains, to be put back. */
    public TrainedCopy copy() {
        return TrainedCopy.of(policy, optimizer);
    }

    @Override
    public void save(Path checkpoint) throws IOException {
        Path folder = checkpoint.resolve(FOLDER);
        Folders.make(folder);
        state.save(folder);
    }

    @Override
    public void load(Path checkpoint) throws IOException {
        state.load(checkpoint.resolve(FOLDER));
    }

    @Override
    public void close() {
        optimizer.close();
        policy.close();
        base.close();
    }

    /**
     * What the critic said of a step's tokens, and what it should have said.
     *
     * @param old {@code [B][T]} its values before the step
     * @param returns {@code [B][T]}
     */
    @SuppressWarnings("ArrayRecordComponent") // a result on its way, never compared
    record ValueTargets(double[][] old, double[][] returns) implements Serializable {

        /** Returns the value targets of one forward's responses. */
        public ValueTargets of(Layout.Packed part) {
            return new ValueTargets(part.of(old), part.of(returns));
        }
    }
}
