# frozen_string_literal: true

# Methods of Ruby's core as they were before the program ran, to ask its objects by.
#
# Used wherever a value of the program is looked at: `CLASS_OF.bind_call(object)` answers what
# `object.class` may lie about, raise at, or not have at all.
module CodeTracer
  module Pure
    module Core
      # Stands for an UnboundMethod where Ruby is too old (2.6) for `bind_call`.
      class Unbound
        def initialize(method)
          @method = method
        end

        def bind_call(receiver, *arguments, &block)
          @method.bind(receiver).call(*arguments, &block)
        end
      end

      def self.take(owner, name)
        method = owner.instance_method(name)
        UnboundMethod.method_defined?(:bind_call) ? method : Unbound.new(method)
      end

      CLASS_OF = take(Kernel, :class)
      SINGLETON_CLASS = take(Kernel, :singleton_class)
      EQUAL = take(BasicObject, :equal?)
      ID = take(BasicObject, :__id__)
      INSTANCE_OF = take(Module, :===)
      INSTANCE_METHOD = take(Module, :instance_method)
      CLASS_NAME = take(Module, :name)
      SUPERCLASS = take(Class, :superclass)
      IS_SINGLETON = take(Module, :singleton_class?)
      DECIMAL = take(Integer, :to_s)
      SYMBOL_TEXT = take(Symbol, :to_s)
    end
  end
end
