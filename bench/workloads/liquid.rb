# frozen_string_literal: true

# liquid renders a page of orders.
#
# An interpreter of templates. It is a workload of workloads.rb.
require_relative "workload"
require "liquid"

TEMPLATE = <<~PAGE
  <h1>{{ shop.name | upcase }}</h1>
  {% for order in orders %}
    <h2>{{ order.customer | escape }}, {{ order.lines.size }} lines</h2>
    {% assign sum = 0 %}
    {% for line in order.lines %}
      {% assign price = line.price | times: line.amount %}
      {% assign sum = sum | plus: price %}
      <p>{{ forloop.index }}. {{ line.name | capitalize }}: {{ price }}</p>
    {% endfor %}
    {% if sum > 100 %}<b>{{ sum }}</b>{% else %}{{ sum }}{% endif %}
  {% endfor %}
PAGE

orders = (1..20).map do |number|
  lines = (1..5).map { |i| { "name" => "thing #{i}", "price" => i * number, "amount" => i } }
  { "customer" => "Customer #{number}", "lines" => lines }
end
Workload.run do
  Liquid::Template.parse(TEMPLATE).render("shop" => { "name" => "a shop" }, "orders" => orders).size
end
