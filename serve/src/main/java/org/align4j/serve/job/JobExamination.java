package org.align4j.serve.job;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.align4j.core.doctor.Doctor;
import org.align4j.core.doctor.Doctor.Logs;
import org.align4j.core.doctor.Examination;
import org.align4j.core.doctor.log.Finding;
import org.align4j.core.doctor.log.LogSource;
import org.align4j.core.error.InputException;
import org.align4j.core.error.MemoryException;
import org.align4j.core.files.AtomicDirectory;
import org.align4j.core.options.OptionsYaml;
import org.align4j.core.session.RunPlan;
import org.align4j.core.session.TrainingMethod;
import org.align4j.core.session.options.EngineOptions;
import org.align4j.core.train.Timetable.BatchOrder;
import org.align4j.core.train.TrainingLog;
import org.align4j.serve.job.Job.Fault;
import org.align4j.serve.job.Job.State;
import org.align4j.serve.job.JobEvent.Level;
import org.align4j.serve.job.JobRequest.Method;
import org.align4j.serve.job.JobTable.Told;
import org.align4j.web.FreshId;
import org.align4j.web.Refusal;
import org.jspecify.annotations.Nullable;

/** Examines a job before it may train: the shape of its rows, what the doctor finds in them, and whether the training fits the machine. */
final class JobExamination {
    /** How long the answers of a step may take to be graded, models that have to wait included. */
    private static final int GRADING_SECONDS = 3600;

    private final JobFolders folders;
    private final JobFiles files;
    private final EngineOptions engine;
    private final int threads;

    /** @param threads of each training */
    JobExamination(JobFolders folders, JobFiles files, EngineOptions engine, int threads) {
        this.folders = folders;
        this.files = files;
        this.engine = engine;
        this.threads = threads;
    }

    /**
     * What was found.
     *
     * @param fault why the job can't train; null where it can
     * @param told gets what is worth saying about its files
     * @param options of the training, as its trainer is started with them; empty with a fault
     * @param stepsAnEpoch steps after which an epoch ends
     * @param memory bytes of the machine's memory at the peak, as forecast; 0 where the device has its own
     */
    record Found(@Nullable Fault fault, List<Told> told, Map<String, Object> options, int stepsAnEpoch, long memory) {
        static Found failed(Fault fault, List<Told> told) {
            return new Found(fault, told, Map.of(), 0, 0);
        }
    }

    /** Examines a job; its rows are kept for it, where they stay. */
    Found examine(Job job, JobGraders graders) throws IOException {
        JobRequest asked = job.asked();
        Path training = files.rows(asked.project(), asked.trainingFile()).orElse(null);
        if (training == null) {
            return Found.failed(missing("training_file", asked.trainingFile()), List.of());
        }
        Path validation = asked.validationFile() == null
                ? null
                : files.rows(asked.project(), asked.validationFile()).orElse(null);
        if (validation == null && asked.validationFile() != null) {
            return Found.failed(missing("validation_file", asked.validationFile()), List.of());
        }
        Fault shape = shape(asked, training, validation);
        if (shape != null) {
            return Found.failed(shape, List.of());
        }
        boolean graded = asked.method() == Method.REINFORCEMENT;
        Fault ungraded = graded ? ungraded(job, graders, training, validation) : null;
        if (ungraded != null) {
            return Found.failed(ungraded, List.of());
        }
        folders.keepRows(job.id(), training, validation, graded ? ReinforcementRows::write : JobFolders::keep);
        List<Told> told = new ArrayList<>();
        try {
            told.addAll(findings(job));
            return planned(job, told);
        } catch (InputException refused) {
            return Found.failed(refused(job, refused), told);
        }
    }

    /** Examines what a job would be trained on, of which nothing stays. */
    Found preview(JobRequest asked, JobGraders graders) throws IOException {
        String id = FreshId.fresh("preview-");
        int seed = asked.seed() == null ? 0 : asked.seed();
        Instant now = Instant.now();
        Job job = new Job(
                id,
                asked,
                seed,
                new Job.Standing(State.VALIDATING, now, null, null, null),
                new Job.Outcome(Map.of(), null, null, List.of()));
        try {
            return examine(job, graders);
        } finally {
            AtomicDirectory.delete(folders.rows(id, "training").resolveSibling(""));
        }
    }

    private static Fault missing(String param, @Nullable String id) {
        return new Fault("invalid_" + param, format("File '%s' does not exist.", id), param);
    }

    private static @Nullable Fault shape(JobRequest asked, Path training, @Nullable Path validation)
            throws IOException {
        UploadedRows.Rules rules = UploadedRows.Rules.of(asked.origin());
        Fault fault = new UploadedRows(asked.trainingFile(), asked.method(), true, rules).fault(training);
        return fault == null && validation != null
                ? new UploadedRows(String.valueOf(asked.validationFile()), asked.method(), false, rules)
                        .fault(validation)
                : fault;
    }

    /** Finds the first row to which the job's grader can't grade answers, or why it grades none any more; null where all is well. */
    private static @Nullable Fault ungraded(Job job, JobGraders graders, Path training, @Nullable Path validation)
            throws IOException {
        try {
            Fault fault = ReinforcementRows.fault(job, graders, training, true);
            return fault == null && validation != null
                    ? ReinforcementRows.fault(job, graders, validation, false)
                    : fault;
        } catch (Refusal refusal) {
            return new Fault("invalid_grader", refusal.message(), "method");
        }
    }

    /** What the doctor says of a job's rows: a warning for each check that isn't green. */
    private List<Told> findings(Job job) {
        Path validation = folders.rows(job.id(), "validation");
        Logs logs = new Logs(
                log(folders.rows(job.id(), "training")), Files.exists(validation) ? log(validation) : null, null);
        Examination examination = Doctor.examine(logs, threads, null, rows -> {});
        return examination.findings().stream()
                .filter(finding -> finding.level() != Finding.Level.GREEN)
                .map(finding -> new Told(
                        "warned-" + finding.id(),
                        0,
                        Level.WARN,
                        format("Doctor, %s: %s. %s", finding.id(), finding.said(), finding.advice())
                                .strip(),
                        null))
                .toList();
    }

    private static LogSource log(Path file) {
        return LogSource.of(List.of(file));
    }

    private Found planned(Job job, List<Told> told) {
        TrainingMethod<?> method = TrainingMethod.named(job.asked().method().command())
                .orElseThrow(() -> new InputException("align "
                        + job.asked().method().command() + " is not on the class path; start the whole align4j."));
        Map<String, Object> options = options(job);
        RunPlan plan = plan(method, options);
        if (plan.machine().memory().peak() > plan.limit()) {
            return Found.failed(
                    new Fault(
                            "insufficient_memory",
                            format(
                                    "The job needs more memory than there is: forecast %s, available %,d MiB. Use a smaller model, shorter rows or a smaller batch.",
                                    plan.machine().memory().text(), plan.limit() >> 20),
                            null),
                    told);
        }
        if (job.asked().learningRateMultiplier() != 1) {
            options.put(
                    "learning-rate",
                    plan.settled().learning().optimizer().learningRate()
                            * job.asked().learningRateMultiplier());
        }
        int stepsAnEpoch = BatchOrder.stepsPerEpoch(
                plan.read().rows(), plan.settled().learning().length().batchSize());
        return new Found(
                null,
                told,
                options,
                stepsAnEpoch,
                plan.machine().device().apart() ? 0 : plan.machine().memory().peak());
    }

    private static <O extends Record> RunPlan plan(TrainingMethod<O> method, Map<String, Object> options) {
        return method.plan(
                OptionsYaml.parse(JobRequest.yaml(options), "the job's options", method.options()), TrainingLog.SILENT);
    }

    private Map<String, Object> options(Job job) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("model", job.asked().model());
        options.put("data", folders.rows(job.id(), "training").toString());
        if (job.asked().validationFile() != null) {
            options.put("eval-data", folders.rows(job.id(), "validation").toString());
        }
        options.put("format", job.asked().method() == Method.DPO ? "openai" : "auto");
        options.put("seed", job.seed());
        options.put("device", engine.device().toString());
        options.put("dtype", engine.dtype().name().toLowerCase(Locale.ROOT));
        options.put("products", engine.products().name().toLowerCase(Locale.ROOT));
        options.put("threads", threads);
        options.put("epoch-adapters", true);
        if (job.asked().method() == Method.REINFORCEMENT) {
            options.put("reward", ReinforcementFigures.REWARD);
            options.put("algorithm", "grpo");
            options.put("reward-timeout", GRADING_SECONDS);
        }
        options.putAll(job.asked().options());
        return options;
    }

    /** What the toolkit refuses, with the client's names instead of places on this machine. */
    private Fault refused(Job job, InputException refused) {
        String message = folders.named(job, String.valueOf(refused.getMessage()));
        if (message.contains(String.valueOf(job.asked().validationFile()))) {
            return new Fault("invalid_validation_file", message, "validation_file");
        }
        if (message.contains(job.asked().trainingFile())) {
            return new Fault("invalid_training_file", message, "training_file");
        }
        return MemoryException.isOne(refused)
                ? new Fault("insufficient_memory", message, null)
                : new Fault("invalid_request", message, null);
    }
}
