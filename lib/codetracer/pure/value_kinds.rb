# frozen_string_literal: true

# From an object to how its kind of value is shown, by its true class.
#
# Used by ValueTree. Known classes are looked up, nothing is asked of the object but its class.
require_relative "class_names"
require_relative "date_texts"
require_relative "serializers"
require_relative "value_type"

module CodeTracer
  module Pure
    class ValueKinds
      # Classes kept with their kinds; those that lose their constants may be kept that long.
      TABLE_MAX = 4096

      # What is an object and no more, see snapshot_kind.c.
      SERIALIZABLE = %i[object set exception].freeze

      SORTS = Table.by_identity.merge!(
        NilClass => :nil, TrueClass => :true, FalseClass => :false, Integer => :integer,
        Float => :float, String => :string, Symbol => :symbol, Array => :array, Hash => :hash,
        Struct => :struct, Range => :range, Rational => :rational, Complex => :complex,
        Module => :module, Exception => :exception, Regexp => :regexp, MatchData => :match,
        Time => :time, Encoding => :encoding, Proc => :proc, Method => :method,
        UnboundMethod => :unbound_method, Thread => :thread, Thread::Mutex => :mutex,
        Thread::SizedQueue => :sized_queue, Thread::Queue => :queue, Random => :random,
        Enumerator => :enumerator, IO => :io
      )
      # Of libraries that a program need not load, by name.
      LIBRARY_SORTS = { "Set" => :set, "Date" => :date, "DateTime" => :date_time }.freeze
      SOURCE = Core.take(UnboundMethod, :source_location)
      INSTANCE_METHOD = Core.take(Module, :instance_method)
      # Until 3.0 Data is another class, and deprecated.
      SORTS.put(Data, :data) if RUBY_VERSION >= "3.2"

      # One class: how its objects are shown, and the type of that name.
      class Kind
        SCALARS = %i[nil true false integer float string symbol].freeze
        # Instance variables are among their fields, if they can have any.
        PLAIN = %i[object serialized struct data exception module rational complex nil true false
                   integer float symbol].freeze

        attr_reader :sort
        # What its objects are shown by, if it was declared.
        attr_accessor :serializer
        # The end of most of its values, once the trace knows their type.
        attr_accessor :ending

        def initialize(sort, klass, kinds)
          @sort = sort
          @klass = klass
          @kinds = kinds
          @is_scalar = SCALARS.include?(sort)
          @is_wrappable = !PLAIN.include?(sort)
        end

        # Whether its objects have no parts. hot
        def scalar?
          @is_scalar
        end

        # Whether its objects are something besides their instance variables. hot
        def wrappable?
          @is_wrappable
        end

        # A nameless class is numbered here, after the object it was met with.
        def type
          @type ||= @kinds.type_of_class(@klass)
        end
      end

      attr_reader :class_names, :date_texts

      def initialize(types, class_names, serializers)
        @types = types
        @serializers = serializers
        @date_texts = DateTexts.new
        @class_names = class_names
        @kinds = Table.by_identity
        @value_types = Table.new
      end

      # hot
      def of(object)
        klass = Core::CLASS_OF.bind_call(object)
        @kinds.get(klass) || learn(klass)
      end

      # How objects are shown is found out again.
      def declare(serializer)
        @serializers.declare(*serializer)
        @kinds.forget_all
      end

      # Whether it has nothing but instance variables, whatever is shown of it.
      def plain?(object)
        %i[object serialized].include?(of(object).sort)
      end

      def type_of_class(klass)
        type(@class_names.name_of_class(klass))
      end

      # The ValueType of a name.
      def type(name)
        @value_types.get(name) || @value_types.put(name, ValueType.new(@types, name))
      end

      def type_of_module(object)
        type(Core::INSTANCE_OF.bind_call(Class, object) ? "Class" : "Module")
      end

      def words_of_module(object)
        @class_names.words_of_class(object)
      end

      private

      # A nameless class may get a name, and must not be kept alive.
      def learn(klass)
        sort = sort_of(klass)
        serializer = @serializers.find(klass) if SERIALIZABLE.include?(sort)
        kind = Kind.new(serializer ? :serialized : sort, klass, self)
        kind.serializer = serializer
        return kind unless @class_names.named?(klass)

        @kinds.forget_all if @kinds.count_of >= TABLE_MAX
        @kinds.put(klass, kind)
      end

      def sort_of(klass)
        while klass
          sort = SORTS.get(klass) || library_sort(klass)
          return sort if sort

          klass = Core::SUPERCLASS.bind_call(klass)
        end
        :object
      end

      # A class of that name written in C, or for Set any.
      def library_sort(klass)
        sort = LIBRARY_SORTS[Core::CLASS_NAME.bind_call(klass)]
        return sort unless sort == :date || sort == :date_time
        return unless SOURCE.bind_call(INSTANCE_METHOD.bind_call(klass, :ld)).nil? # written in C

        @date_texts.learn(klass, Core::CLASS_NAME.bind_call(klass)) ? sort : :unseen
      rescue NameError
        nil
      end
    end
  end
end
