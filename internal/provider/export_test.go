package provider

// Systems lets tests walk the list.
var Systems = systems
