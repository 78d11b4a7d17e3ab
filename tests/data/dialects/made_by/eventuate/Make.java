import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;

import io.eventuate.common.id.ApplicationIdGenerator;
import io.eventuate.common.json.mapper.JSonMapper;
import io.eventuate.tram.commands.common.Command;
import io.eventuate.tram.commands.common.DefaultCommandNameMapping;
import io.eventuate.tram.commands.consumer.CommandDispatcher;
import io.eventuate.tram.commands.consumer.CommandHandlerReplyBuilder;
import io.eventuate.tram.commands.consumer.CommandHandlers;
import io.eventuate.tram.commands.consumer.CommandHandlersBuilder;
import io.eventuate.tram.commands.consumer.CommandMessage;
import io.eventuate.tram.commands.consumer.CommandReplyProducer;
import io.eventuate.tram.commands.consumer.CommandWithDestinationBuilder;
import io.eventuate.tram.commands.producer.CommandProducerImpl;
import io.eventuate.tram.events.common.DefaultDomainEventNameMapping;
import io.eventuate.tram.events.common.DomainEvent;
import io.eventuate.tram.events.publisher.DomainEventPublisherImpl;
import io.eventuate.tram.messaging.common.DefaultChannelMapping;
import io.eventuate.tram.messaging.common.Message;
import io.eventuate.tram.messaging.common.MessageInterceptor;
import io.eventuate.tram.messaging.consumer.MessageConsumer;
import io.eventuate.tram.messaging.consumer.MessageHandler;
import io.eventuate.tram.messaging.consumer.MessageSubscription;
import io.eventuate.tram.messaging.producer.common.MessageProducerImpl;
import io.eventuate.tram.messaging.producer.common.MessageProducerImplementation;
import io.eventuate.tram.sagas.common.SagaLockManager;
import io.eventuate.tram.sagas.orchestration.SagaCommandProducerImpl;
import io.eventuate.tram.sagas.orchestration.SagaDefinition;
import io.eventuate.tram.sagas.orchestration.SagaInstance;
import io.eventuate.tram.sagas.orchestration.SagaInstanceFactory;
import io.eventuate.tram.sagas.orchestration.SagaInstanceRepository;
import io.eventuate.tram.sagas.orchestration.SagaManagerFactory;
import io.eventuate.tram.sagas.simpledsl.SimpleSaga;

/** Eventuate Tram: a saga reserves stock, is refused the credit and releases the stock; an event is published. */
public class Make {
    public static class ReserveStock implements Command { public String orderId = "A-1"; }
    public static class ReleaseStock implements Command { public String orderId = "A-1"; }
    public static class ReserveCredit implements Command { public String orderId = "A-1"; }
    public static class CreditLimitExceeded { public String limit = "100.00"; }
    public static class OrderRejected implements DomainEvent { public String orderId = "A-1"; }
    public static class CreateOrderData { public String orderId = "A-1"; }

    static class CreateOrderSaga implements SimpleSaga<CreateOrderData> {
        private final SagaDefinition<CreateOrderData> definition = step()
                .invokeParticipant(data -> CommandWithDestinationBuilder.send(new ReserveStock()).to("stockService").build())
                .withCompensation(data -> CommandWithDestinationBuilder.send(new ReleaseStock()).to("stockService").build())
                .step()
                .invokeParticipant(data -> CommandWithDestinationBuilder.send(new ReserveCredit()).to("customerService").build())
                .build();

        @Override
        public SagaDefinition<CreateOrderData> getSagaDefinition() {
            return definition;
        }
    }

    /** Keeps what is sent and delivers it in that order, as a broker does. */
    static class Broker implements MessageProducerImplementation, MessageConsumer {
        final ApplicationIdGenerator ids = new ApplicationIdGenerator();
        final List<Message> sent = new ArrayList<>();
        final Queue<Message> waiting = new ArrayDeque<>();
        final Map<String, MessageHandler> handlers = new HashMap<>();

        @Override
        public void setMessageIdIfNecessary(Message message) {
            message.setHeader(Message.ID, ids.genIdAsString());
        }

        @Override
        public void send(Message message) {
            sent.add(message);
            waiting.add(message);
        }

        @Override
        public MessageSubscription subscribe(String subscriber, Set<String> channels, MessageHandler handler) {
            channels.forEach(channel -> handlers.put(channel, handler));
            return () -> { };
        }

        @Override
        public String getId() {
            return "broker";
        }

        @Override
        public void close() {
        }

        void deliver() {
            while (!waiting.isEmpty()) {
                Message message = waiting.remove();
                MessageHandler handler = handlers.get(message.getRequiredHeader(Message.DESTINATION));
                if (handler != null) {
                    handler.accept(message);
                }
            }
        }
    }

    static class Repository implements SagaInstanceRepository {
        final Map<String, SagaInstance> sagas = new HashMap<>();
        final ApplicationIdGenerator ids = new ApplicationIdGenerator();

        @Override
        public void save(SagaInstance saga) {
            saga.setId(ids.genIdAsString());
            sagas.put(saga.getId(), saga);
        }

        @Override
        public SagaInstance find(String type, String id) {
            return sagas.get(id);
        }

        @Override
        public void update(SagaInstance saga) {
            sagas.put(saga.getId(), saga);
        }
    }

    static class NoLocks implements SagaLockManager {
        @Override
        public boolean claimLock(String type, String id, String target) {
            return true;
        }

        @Override
        public void stashMessage(String type, String id, String target, Message message) {
            throw new IllegalStateException("nothing is locked");
        }

        @Override
        public Optional<Message> unlock(String id, String target) {
            return Optional.empty();
        }
    }

    public static void main(String[] args) {
        Broker broker = new Broker();
        MessageProducerImpl producer =
                new MessageProducerImpl(new MessageInterceptor[0], new DefaultChannelMapping(new HashMap<>()), broker);
        DefaultCommandNameMapping names = new DefaultCommandNameMapping();
        CommandProducerImpl commands = new CommandProducerImpl(producer, names);
        CommandReplyProducer replies = new CommandReplyProducer(producer);
        CommandHandlers stock = CommandHandlersBuilder.fromChannel("stockService")
                .onMessage(ReserveStock.class, answer(CommandHandlerReplyBuilder.withSuccess()))
                .onMessage(ReleaseStock.class, answer(CommandHandlerReplyBuilder.withSuccess()))
                .build();
        CommandHandlers customers = CommandHandlersBuilder.fromChannel("customerService")
                .onMessage(ReserveCredit.class, answer(CommandHandlerReplyBuilder.withFailure(new CreditLimitExceeded())))
                .build();
        new CommandDispatcher("stock", stock, broker, names, replies).initialize();
        new CommandDispatcher("customers", customers, broker, names, replies).initialize();

        CreateOrderSaga saga = new CreateOrderSaga();
        Repository repository = new Repository();
        SagaInstanceFactory factory = new SagaInstanceFactory(
                new SagaManagerFactory(repository, commands, broker, new NoLocks(), new SagaCommandProducerImpl(commands)),
                List.of(saga));
        SagaInstance instance = factory.create(saga, new CreateOrderData());
        broker.deliver();
        new DomainEventPublisherImpl(producer, new DefaultDomainEventNameMapping())
                .publish("shop.Order", "0a1ff1fc-0de2-4c55-8d43-5e29a2f7a001", List.of(new OrderRejected()));

        Map<String, Object> file = new LinkedHashMap<>();
        file.put("made_by", args[0]);
        file.put("ids", Map.of("saga", instance.getId()));
        file.put("messages", broker.sent.stream().map(Make::written).toList());
        System.out.println(JSonMapper.toJson(file));
    }

    private static <C> Function<CommandMessage<C>, Message> answer(Message reply) {
        return command -> reply;
    }

    /** Write a message as the change data capture service does, and as its Kafka consumer reads it. */
    private static Map<String, Object> written(Message message) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("payload", message.getPayload());
        value.put("headers", message.getHeaders());
        Map<String, Object> written = new LinkedHashMap<>();
        written.put("topic", message.getRequiredHeader(Message.DESTINATION));
        written.put("key", message.getHeader(Message.PARTITION_ID).orElse(message.getId()));
        written.put("headers", Map.of());
        written.put("value", value);
        return written;
    }
}
