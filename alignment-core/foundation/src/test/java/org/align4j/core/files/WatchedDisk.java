package org.align4j.core.files;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Tells of the lines that this process writes into files of one name, each once it is written. */
public final class WatchedDisk implements AutoCloseable {
    private final Disk disk;

    private WatchedDisk(Disk disk) {
        this.disk = disk;
    }

    /** Takes the disk's place until it is closed. */
    public static WatchedDisk of(String name, Consumer<String> line) {
        Disk former = CurrentDisk.get();
        Disk watched = (Disk) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                    String text = null;
                    if (method.getName().equals("write") && ((Path) arguments[0]).endsWith(name)) {
                        text = StandardCharsets.UTF_8
                                .decode(((ByteBuffer) arguments[2]).duplicate())
                                .toString();
                    }
                    try {
                        Object result = method.invoke(former, arguments);
                        if (text != null) {
                            line.accept(text);
                        }
                        return result;
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
        CurrentDisk.replace(watched);
        return new WatchedDisk(former);
    }

    @Override
    public void close() {
        CurrentDisk.replace(disk);
    }
}
