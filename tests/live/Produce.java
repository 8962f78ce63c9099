// Produce.java - writes records as a stranger would: any bytes, without Sluice's own client.
//
//     java -cp 'build/stack-jars/*' tests/live/Produce.java BROKER TOPIC PARTITION KEY VALUE [KEY VALUE ..]
//     java -cp 'build/stack-jars/*' tests/live/Produce.java --transactions BROKER TOPIC PARTITION KEY VALUE ..
//     java -cp 'build/stack-jars/*' tests/live/Produce.java --stamp MS BROKER TOPIC PARTITION KEY VALUE ..
//
// VALUE is a file. An empty KEY is none. With --transactions each record is one of its own, and every second one is taken
// back. With --stamp each message has that timestamp. It ends with another code than 0 if the broker does not take one.
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public class Produce {
    public static void main(String[] given) throws Exception {
        boolean transactions = given[0].equals("--transactions");
        Long stamp = given[0].equals("--stamp") ? Long.valueOf(given[1]) : null;
        String[] words = Arrays.copyOfRange(given, transactions ? 1 : stamp != null ? 2 : 0, given.length);
        Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", words[0], "acks", "all"));
        if (transactions) {
            settings.put("transactional.id", "stranger-" + words[1]);
        }
        var bytes = new ByteArraySerializer();
        try (var producer = new KafkaProducer<byte[], byte[]>(settings, bytes, bytes)) {
            if (transactions) {
                producer.initTransactions();
            }
            for (int i = 3; i + 1 < words.length; i += 2) {
                byte[] key = words[i].isEmpty() ? null : words[i].getBytes(StandardCharsets.UTF_8);
                byte[] value = Files.readAllBytes(Path.of(words[i + 1]));
                if (transactions) {
                    producer.beginTransaction();
                }
                producer.send(new ProducerRecord<>(words[1], Integer.valueOf(words[2]), stamp, key, value)).get();
                if (transactions && (i - 3) % 4 == 2) {
                    producer.abortTransaction();
                } else if (transactions) {
                    producer.commitTransaction();
                }
            }
        }
    }
}
