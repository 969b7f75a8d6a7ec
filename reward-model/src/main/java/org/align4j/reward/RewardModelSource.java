package org.align4j.reward;

import ai.djl.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.align4j.core.error.InputException;
import org.align4j.core.hub.Hub;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.lora.peft.AdapterConfigFile;
import org.align4j.core.lora.peft.AdapterFolder;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.DeviceChoice;
import org.align4j.core.session.options.DtypeChoice;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.session.options.TemplateOptions;
import org.align4j.core.train.TrainingLog;
import org.align4j.core.weights.FileHash;
import org.align4j.reward.steps.ProcessRewardModel;

/**
 * Reward models under {@code --reward}, of whole answers or of their steps: a model's, run's, checkpoint's or adapter's directory, or {@code org/name} on the hub. They see the very
 * token ids that the policy made, so both need one tokenizer.
 */
public final class RewardModelSource implements RewardSource {
    /** What a checkpoint of a run has. */
    private static final String ADAPTER = "adapter/" + AdapterConfigFile.FILE_NAME;

    private static final List<String> MARKS =
            List.of("config.json", "config.yaml", AdapterConfigFile.FILE_NAME, ADAPTER);

    @Override
    public String usage() {
        return "DIR";
    }

    @Override
    public boolean takes(String given) {
        Path directory = Path.of(given);
        return MARKS.stream().anyMatch(mark -> Files.exists(directory.resolve(mark))) || Hub.isName(given);
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        ModelSession session = ModelSession.open(options(given, context), TrainingLog.SILENT);
        try {
            session.requireScores();
            requireSameTokens(given, session, context);
            return ProcessRewardModel.isOne(session)
                    ? ProcessRewardModel.of(session, null, null).within(context.budget())
                    : RewardModel.of(session).within(context.budget());
        } catch (RuntimeException | Error e) {
            session.close();
            throw e;
        }
    }

    private static ModelOptions options(String given, RewardContext context) {
        Device device = context.engine().device();
        EngineOptions engine = new EngineOptions(
                DeviceChoice.parse(device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu"),
                dtype(given, context),
                null,
                0);
        TemplateOptions template = TemplateOptions.USUAL;
        Path directory = Path.of(given);
        if (!AdapterFolder.isOne(directory)) {
            return new ModelOptions(given, null, null, engine, template);
        }
        String base = AdapterConfigFile.read(directory).origin().baseModel();
        if (base == null) {
            throw new InputException("reward is " + given + ", an adapter whose " + AdapterConfigFile.FILE_NAME
                    + " names no base_model_name_or_path; give the merged model.");
        }
        return new ModelOptions(base, given, null, engine, template);
    }

    /** The scores of a run or checkpoint are computed as in the run and as {@code align score} does; other models' in the policy's dtype. */
    private static DtypeChoice dtype(String given, RewardContext context) {
        boolean ofRun = Stream.of("config.yaml", ADAPTER)
                .anyMatch(mark -> Files.isRegularFile(Path.of(given).resolve(mark)));
        if (ofRun) {
            return DtypeChoice.AUTO;
        }
        return context.dtype() == Dtype.BF16 ? DtypeChoice.BF16 : DtypeChoice.FP32;
    }

    /** Refuses a model that reads other token ids than the policy of a run makes. */
    static void requireSameTokens(String given, ModelSession session, RewardContext context) {
        int vocabulary = session.base().decoder().vocabulary();
        Path own = session.place().model().resolve("tokenizer.json");
        Path theirs = context.model().resolve("tokenizer.json");
        boolean known = Files.exists(own) && Files.exists(theirs);
        if (vocabulary < context.vocabulary() || (known && !FileHash.sha256(own).equals(FileHash.sha256(theirs)))) {
            throw new InputException("reward is " + given
                    + ", a reward model with another tokenizer than the policy's, but it must read the very tokens that the policy"
                    + " makes; train one from the policy's own model (align reward).");
        }
    }
}
