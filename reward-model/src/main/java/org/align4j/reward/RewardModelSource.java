package org.align4j.reward;

import com.google.common.collect.Lists;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.encode.TemplateOptions;
import org.align4j.core.error.InputException;
import org.align4j.core.hub.Hub;
import org.align4j.core.lora.AdapterConfigFile;
import org.align4j.core.lora.AdapterFolder;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.align4j.core.run.Run;
import org.align4j.core.session.ModelSession;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.session.options.ModelOptions;
import org.align4j.core.train.TrainingLog;

/**
 * Reward models under {@code --reward}, of whole answers or of their steps: a model's, run's, checkpoint's or adapter's directory, or {@code org/name} on the hub. They see the very
 * token ids that the policy made, so both need one tokenizer.
 */
public final class RewardModelSource implements RewardSource {
    /** The file that every checkpoint of a run has. */
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
        return openAll(List.of(given), context).get(0);
    }

    /** Opens models of which those that were trained on one base have its frozen weights in memory once. */
    @Override
    public List<RewardFunction> openAll(List<String> given, RewardContext context) {
        List<ModelSession> sessions = new ArrayList<>();
        List<RewardFunction> rewards = new ArrayList<>();
        try {
            for (String each : given) {
                sessions.add(ModelSession.openBeside(sessions, options(each, context), TrainingLog.SILENT));
                rewards.add(of(sessions.get(sessions.size() - 1), each, context));
            }
            return List.copyOf(rewards);
        } catch (RuntimeException | Error e) {
            Lists.reverse(sessions).forEach(ModelSession::close);
            throw e;
        }
    }

    private static RewardFunction of(ModelSession session, String given, RewardContext context) {
        session.requireScores();
        session.requireSameTokens(given, context);
        return ProcessRewardModel.isOne(session)
                ? ProcessRewardModel.of(session, null, null).within(context.budget())
                : RewardModel.of(session).within(context.budget());
    }

    private static ModelOptions options(String given, RewardContext context) {
        EngineOptions engine = engine(given, context);
        TemplateOptions template = TemplateOptions.USUAL;
        Path directory = Path.of(given);
        if (!AdapterFolder.isOne(directory)) {
            return new ModelOptions(given, null, null, engine, template);
        }
        String base = AdapterConfigFile.read(directory).origin().baseModel();
        if (base == null) {
            throw new InputException("reward is " + given + ", an adapter whose " + AdapterConfigFile.FILE_NAME
                    + " names no base_model_name_or_path; give the run that made it, or merge it"
                    + " (align merge) and give the merged model.");
        }
        return new ModelOptions(base, given, null, engine, template);
    }

    /** The scores of a run or checkpoint are computed as in the run and as {@code align score} does; other models' in the policy's dtype. */
    private static EngineOptions engine(String given, RewardContext context) {
        EngineOptions engine = EngineOptions.of(context.engine(), context.precision());
        boolean ofRun =
                Run.isOne(Path.of(given)) || Files.isRegularFile(Path.of(given).resolve(ADAPTER));
        return ofRun ? engine.withAnyPrecision() : engine;
    }
}
