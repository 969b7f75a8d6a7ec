package org.align4j.core.task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.align4j.core.data.file.RowLine;
import org.align4j.core.error.InputException;
import org.align4j.core.files.Folders;
import org.align4j.core.files.Json;
import org.align4j.core.files.OutputFile;
import org.align4j.core.task.TaskReport.TaskResult;

/** The files of an evaluation in the folder that {@code --out} names: {@code eval.json}, and the items of each task. */
public final class TaskFiles {
    /** The whole evaluation but its items. */
    public static final String DOCUMENT = "eval.json";

    private static final String ITEMS = "items-";
    private static final String LINES = ".jsonl";

    private final Path folder;

    private TaskFiles(Path folder) {
        this.folder = folder;
    }

    /**
     * Takes a folder that is new, or has no files of an evaluation, or an earlier evaluation's, which are replaced.
     *
     * @param tasks the files that are read
     * @throws InputException where the folder is a file, or a task's file would be replaced; nothing is written yet
     */
    public static TaskFiles in(Path folder, List<TaskFile> tasks) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException("out is " + folder + ", which is a file; give a folder.");
        }
        TaskFiles files = new TaskFiles(folder);
        for (TaskFile task : tasks) {
            Path file = task.file().toAbsolutePath().normalize();
            if (folder.toAbsolutePath().normalize().equals(file.getParent()) && isItems(file)) {
                throw new InputException("out is " + folder + ", in which the task " + task.file()
                        + " lies, which could be replaced; give another folder.");
            }
        }
        return files;
    }

    /** Returns the name of the file that a task's items are in. */
    static String itemsOf(String task) {
        return ITEMS + task + LINES;
    }

    private static boolean isItems(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(ITEMS) && name.endsWith(LINES);
    }

    /** Writes the items of each task and, last, eval.json; the items of an earlier evaluation's other tasks go. */
    public void write(TaskReport report) throws IOException {
        Path document = folder.resolve(DOCUMENT);
        if (Files.exists(document)) {
            for (Path file : Folders.list(folder)) {
                if (isItems(file)) {
                    Folders.delete(file);
                }
            }
        }
        for (TaskResult result : report.results()) {
            ByteArrayOutputStream lines = new ByteArrayOutputStream();
            for (TaskItem item : result.items()) {
                lines.writeBytes(RowLine.of(item.line()));
            }
            OutputFile.write(folder.resolve(itemsOf(result.name())), lines.toByteArray());
        }
        OutputFile.write(document, Json.document(report.document()));
    }

    /** Returns where a file of the evaluation lies. */
    public Path resolve(String name) {
        return folder.resolve(name);
    }
}
