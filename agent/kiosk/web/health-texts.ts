/** What the page says of health records. */
import type { Texts } from '../../domain/texts.js';

/** Plain texts; see `texts.ts`. */
export const HEALTH_TEXTS = {
  records: { ar: 'السجلات الصحية', fr: 'Dossiers de santé', en: 'Health records' },
  recordsWhy: { ar: 'لماذا تفتحها؟', fr: 'Pourquoi les ouvrir ?', en: 'Why do you open them?' },
  whyTreatment: { ar: 'للعلاج', fr: 'Pour soigner', en: 'For treatment' },
  whyEmergency: { ar: 'طوارئ', fr: 'Urgence', en: 'Emergency' },
  whyHolder: { ar: 'بطلب صاحب البطاقة', fr: 'À la demande du titulaire', en: 'The holder asked' },
  recordsNone: { ar: 'لا سجلات على هذه البطاقة', fr: 'Aucun dossier sur cette carte', en: 'No records on this card' },
  recordsClose: { ar: 'إغلاق', fr: 'Fermer', en: 'Close' },
  recordAdd: { ar: 'إضافة', fr: 'Ajouter', en: 'Add' },
  recordAddWhat: { ar: 'ماذا تضيف؟', fr: 'Qu’ajouter ?', en: 'What is added?' },
  recordSave: { ar: 'سجّل على البطاقة', fr: 'Écrire sur la carte', en: 'Write to the card' },
  recordAdded: { ar: 'سُجّل على البطاقة: {what}', fr: 'Écrit sur la carte : {what}', en: 'Written to the card: {what}' },
  recordAnswer: { ar: 'النتيجة', fr: 'Résultat', en: 'Result' },
  recordAnswers: { ar: 'ردًّا على: {what}', fr: 'réponse à : {what}', en: 'answers: {what}' },
  recordUnconfirmed: { ar: 'غير مؤكد', fr: 'non confirmé', en: 'not confirmed' },
  recordSite: { ar: 'موقع {n}', fr: 'site {n}', en: 'site {n}' },
  recordsUnreadable: {
    ar: 'سجلات لا تُقرأ: {n}',
    fr: 'Dossiers illisibles : {n}',
    en: 'Records that cannot be read: {n}',
  },
  recordLeft: { ar: 'بقي {n}', fr: 'reste {n}', en: '{n} left' },
  kindHistory: { ar: 'تاريخ مرضي', fr: 'Antécédent', en: 'History' },
  kindPrescription: { ar: 'وصفة', fr: 'Ordonnance', en: 'Prescription' },
  kindImaging: { ar: 'تقرير أشعة', fr: 'Imagerie', en: 'Imaging' },
  kindRequest: { ar: 'طلب مختبر', fr: 'Demande d’analyse', en: 'Laboratory request' },
  kindResult: { ar: 'نتيجة مختبر', fr: 'Résultat d’analyse', en: 'Laboratory result' },
  kindAllergy: { ar: 'حساسية', fr: 'Allergie', en: 'Allergy' },
} as const satisfies Record<string, Texts>;
