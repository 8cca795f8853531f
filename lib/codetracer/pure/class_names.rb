# frozen_string_literal: true

# What classes and methods are called. Names come from Module#name itself, whatever the class says.
#
# Taken from Values#class_names, so that nameless classes have the numbers that values show.
# Mirrors ext/codetracer_recorder/class_table.c.
require_relative "core"
require_relative "identities"
require_relative "text"

module CodeTracer
  module Pure
    class ClassNames
      NAME_SIZE_MAX = 512
      ATTACHED_OBJECT = (Core.take(Class, :attached_object) if
                         Class.method_defined?(:attached_object))
      EACH_OBJECT = ObjectSpace.method(:each_object)
      STARTS_WITH = Core.take(String, :start_with?)
      # A path of constants; else it is an address, or was given for a time (set_temporary_name).
      CONSTANT = /(?:[A-Z]|[^\x00-\x7F])[^:]*(?:::(?:[A-Z]|[^\x00-\x7F])[^:]*)*\z/.freeze

      def initialize(identities = Identities.new, main_object = TOPLEVEL_BINDING.receiver)
        @identities = identities
        @main_object = main_object
        @attached_objects = ObjectSpace::WeakMap.new
      end

      # "Bank", or "#<Class #7>"; of a singleton class too.
      def name_of_class(klass)
        name = Core::CLASS_NAME.bind_call(klass)
        return Text.escape_part(name, NAME_SIZE_MAX) if permanent?(name)

        "#<#{Core::INSTANCE_OF.bind_call(Class, klass) ? 'Class' : 'Module'} " \
          "##{number_of(klass)}>"
      end

      # A class or module as a value: "Bank", "#<Class:Bank>".
      def words_of_class(klass)
        singleton?(klass) ? "#<Class:#{name_of_attached(klass)}>" : name_of_class(klass)
      end

      # Whether the name will stay: one inside of a nameless class is "#<Class:0x…>::Inner".
      def named?(klass)
        permanent?(Core::CLASS_NAME.bind_call(klass))
      end

      # "Bank#pay", "Bank.open", "#<Bank #3>.pay", or "pay" for a method of Object or of nobody.
      def method_name(owner, method)
        name = Text.escape(Core::SYMBOL_TEXT.bind_call(method))
        return name unless owner && !Core::EQUAL.bind_call(Object, owner)
        return "#{name_of_attached(owner)}.#{name}" if singleton?(owner)

        "#{name_of_class(owner)}##{name}"
      end

      # The class itself, or the first above it that is no singleton.
      def real_class(klass)
        klass = Core::SUPERCLASS.bind_call(klass) while singleton?(klass)
        klass
      end

      private

      def permanent?(name)
        !name.nil? && STARTS_WITH.bind_call(name, CONSTANT)
      end

      def singleton?(klass)
        Core::IS_SINGLETON.bind_call(klass)
      end

      def number_of(object)
        Text.decimal(@identities.of(object))
      end

      def name_of_attached(singleton)
        object = attached_object(singleton)
        return name_of_class(object) if Core::INSTANCE_OF.bind_call(Module, object)
        return "main" if Core::EQUAL.bind_call(@main_object, object)

        "#<#{name_of_class(real_class(singleton))} ##{number_of(object)}>"
      end

      def attached_object(singleton)
        return ATTACHED_OBJECT.bind_call(singleton) if ATTACHED_OBJECT

        @attached_objects[singleton] ||= search_attached_object(singleton)
      end

      # Through the whole heap: until 3.2 nothing else tells without calling the program.
      def search_attached_object(singleton)
        EACH_OBJECT.call(singleton) do |object|
          own = Core::SINGLETON_CLASS.bind_call(object)
          return object if Core::EQUAL.bind_call(own, singleton)
        end
        singleton
      end
    end
  end
end
