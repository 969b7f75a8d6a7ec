package org.align4j.core.files;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A disk before the one that is in place, under which the program behaves as if it had a bug: what the tests of files must catch. */
public final class CarelessDisk implements AutoCloseable {
    private final Bug bug;
    private final Disk disk;

    /** What the program does wrong. */
    public enum Bug {
        /** No folder is forced: new names are lost. */
        NO_FSYNC_OF_FOLDERS,
        /** Files are renamed into place before their bytes are on the disk. */
        RENAME_BEFORE_WRITE,
        /** The old checkpoints are deleted when the next one is begun. */
        CHECKPOINT_DELETED_EARLY,
        /** The lock is taken on a file that nobody else knows. */
        LOCK_NOT_TAKEN
    }

    private CarelessDisk(Bug bug, Disk disk) {
        this.bug = bug;
        this.disk = disk;
    }

    /** Plants a bug in everything that this process writes until it is closed. */
    public static CarelessDisk with(Bug bug) {
        CarelessDisk careless = new CarelessDisk(bug, CurrentDisk.get());
        CurrentDisk.replace((Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(),
                new Class<?>[] {Disk.class},
                (proxy, method, arguments) -> careless.call(method, arguments)));
        return careless;
    }

    @Override
    public void close() {
        CurrentDisk.replace(disk);
    }

    private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
        Path path = (Path) arguments[0];
        boolean force = method.getName().equals("force");
        if (force && bug == Bug.NO_FSYNC_OF_FOLDERS && Files.isDirectory(path)) {
            return null;
        }
        if (force && bug == Bug.RENAME_BEFORE_WRITE && !Files.isDirectory(path)) {
            return null;
        }
        boolean lock = bug == Bug.LOCK_NOT_TAKEN
                && path.endsWith(".lock")
                && method.getName().equals("open");
        if (lock) {
            Path other = path.resolveSibling(TemporaryNames.unforeseen(".tmp-lock"));
            return disk.open(
                    other, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
        }
        if (bug == Bug.CHECKPOINT_DELETED_EARLY && method.getName().equals("makeDirectory")) {
            deleteCheckpointsBeside(path);
        }
        try {
            return method.invoke(disk, arguments);
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        }
    }

    private static void deleteCheckpointsBeside(Path incoming) throws IOException {
        for (Path entry : Folders.list(Folders.parent(incoming))) {
            if (entry.getFileName().toString().startsWith("step-")) {
                AtomicDirectory.delete(entry);
            }
        }
    }
}
